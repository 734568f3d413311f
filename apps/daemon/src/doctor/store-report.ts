import type { DatabaseState } from '@sluice/metastore';
import type { Diagnosis } from '@sluice/snapshotter-core';

/** What `sluiced doctor --json` prints: what is below a root, what is wrong with it, and what was done about it. */
export interface StoreReport extends Diagnosis {
  readonly root: string;
  /** False if something is lost, or the daemon would not start; after a repair, if it still is so. */
  readonly healthy: boolean;
  readonly database: {
    readonly path: string;
    readonly state: DatabaseState;
    /** Why it is not 'ok', and what to do. */
    readonly problem?: string;
  };
  /** Only if a new database was written. */
  readonly repaired?: {
    /** Snapshots in the new database. */
    readonly kept: number;
    /** Where the damaged database is now. */
    readonly damaged: string;
  };
}
