import type { NewSnapshot } from '../ports/meta-store.ts';

/** A snapshot to be; its times are those of its making. */
export type SnapshotRequest = Omit<NewSnapshot, 'createdNs'>;

/** A snapshot to be that is to hold a layer; it need not be made if the layer can be had otherwise. */
export interface TargetRequest {
  readonly request: SnapshotRequest;
  /** The value of `TARGET_LABEL`, not empty. */
  readonly target: string;
}
