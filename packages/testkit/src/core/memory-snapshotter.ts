import {
  createSnapshotter,
  type ManagedSnapshotter,
  type MetaStore,
  type SnapshotterMetrics,
  type SnapshotterOptions,
} from '@sluice/snapshotter-core';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import type { Intercept } from './intercept.ts';
import { createLogRecorder, type LogRecorder } from './log-recorder.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from './memory-file-system.ts';
import {
  createMemoryDirsData,
  createMemoryLayerDirs,
  type MemoryDirsData,
  type MemoryLayerDirs,
} from './memory-layer-dirs.ts';
import { createMemoryMetaData, createMemoryMetaStore, type MemoryMetaData } from './memory-meta-store.ts';

export interface MemorySnapshotterOptions extends SnapshotterOptions {
  /** For all ports; see there for the names of operations. */
  readonly intercept?: Intercept;
  /** What an earlier one left behind. */
  readonly data?: MemoryData;
  /** Default true. */
  readonly isLazy?: boolean;
}

/** What outlives a restart of the daemon. */
export interface MemoryData {
  readonly meta: MemoryMetaData;
  readonly dirs: MemoryDirsData;
}

/** A snapshotter on in-memory ports, and these ports. */
export interface MemorySnapshotter extends AsyncDisposable {
  readonly snapshotter: ManagedSnapshotter;
  readonly data: MemoryData;
  readonly meta: MetaStore;
  readonly dirs: MemoryLayerDirs;
  readonly fileSystem: MemoryFileSystem;
  readonly clock: FakeClock;
  readonly logs: LogRecorder;
  /** What the metrics were told: 'lazy', or a reason. */
  readonly counted: readonly string[];
}

export function createMemorySnapshotter(options: MemorySnapshotterOptions = {}): MemorySnapshotter {
  const { intercept, isLazy = true } = options;
  const data = options.data ?? { meta: createMemoryMetaData(), dirs: createMemoryDirsData() };
  const meta = createMemoryMetaStore(data.meta, intercept);
  const dirs = createMemoryLayerDirs(data.dirs, intercept);
  const fileSystem = createMemoryFileSystem(data.dirs, intercept);
  const clock = createFakeClock();
  const logger = createLogRecorder();
  const counted: string[] = [];
  const metrics: SnapshotterMetrics = {
    lazilyPrepared: () => counted.push('lazy'),
    fellBack: (reason) => counted.push(reason),
  };
  const snapshotter = createSnapshotter(
    { meta, dirs, clock, logger, metrics, ...(isLazy && { fileSystem }) },
    options,
  );
  return {
    snapshotter,
    data,
    meta,
    dirs,
    fileSystem,
    clock,
    logs: logger,
    counted,
    [Symbol.asyncDispose]: () => snapshotter.close(),
  };
}
