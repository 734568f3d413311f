import type { SnapshotRecord } from './snapshot-record.ts';

/** A snapshot as the administrator sees it. */
export interface SnapshotStatus extends SnapshotRecord {
  /** Where its own content is: a directory, or where the layer is mounted. */
  readonly contentPath: string;
  /**
   * What is wrong with it: why its content cannot be used now. Undefined if nothing is, and of a snapshot that
   * is not lazy for a reason (see `notLazy`).
   */
  readonly problem?: string | undefined;
}
