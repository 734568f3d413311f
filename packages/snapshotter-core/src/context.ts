import type { Availability } from './availability.ts';
import type { Fallbacks } from './fallbacks.ts';
import type { Logger } from './logger.ts';
import type { TargetOutcome } from './operations/target-outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { FileSystem } from './ports/file-system.ts';
import type { LayerDirs } from './ports/layer-dirs.ts';
import type { MetaStore } from './ports/meta-store.ts';
import type { Removals } from './removals.ts';
import type { SnapshotInfo } from './snapshot-info.ts';
import type { SnapshotRecord } from './snapshot-record.ts';
import type { SnapshotterMetrics } from './snapshotter-metrics.ts';

/** What the operations share: the ports, and the little that is known only in memory. */
export interface Context {
  readonly meta: MetaStore;
  readonly dirs: LayerDirs;
  /** Absent in an ordinary snapshotter. */
  readonly fileSystem: FileSystem | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SnapshotterMetrics | undefined;
  readonly asyncRemove: boolean;
  readonly upperdirLabel: boolean;
  /** What clients were told of records; see `toInfo`. */
  readonly infos: WeakMap<SnapshotRecord, SnapshotInfo>;
  readonly removals: Removals;
  readonly availability: Availability;
  readonly fallbacks: Fallbacks;
  /** Layers being provided now, by target and parent; see `prepareTarget`. */
  readonly flights: Map<string, Promise<TargetOutcome>>;
  /** Aborted when the snapshotter closes: the signal of work that no single call owns. */
  readonly closing: AbortSignal;
}
