import {
  createSnapshotter,
  type LayerDirs,
  type ManagedSnapshotter,
  type MetaStore,
  type SnapshotterMetrics,
  type SnapshotterOptions,
  TARGET_LABEL,
} from '@sluice/snapshotter-core';
import { afterEach, beforeEach } from 'vitest';
import { collect } from '../collect.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import type { Intercept } from '../intercept.ts';
import { createLogRecorder, type LogRecorder } from '../log-recorder.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../memory-file-system.ts';

/** The ports that a snapshotter is put on; the suite adds an in-memory `FileSystem`, a clock and a logger. */
export interface SnapshotterFixture extends AsyncDisposable {
  /** Both hold nothing. */
  readonly meta: MetaStore;
  readonly dirs: LayerDirs;
  /** The mountpoints of the file system, if `dirs` wants to know them. */
  readonly mounted?: Set<string>;
  /** Ports on the same data, as after a restart; disposes of the ones before. */
  reopen(): Promise<{ readonly meta: MetaStore; readonly dirs: LayerDirs }>;
}

/** What each test of the suite works with. */
export interface SuiteContext {
  snapshotter: ManagedSnapshotter;
  meta: MetaStore;
  dirs: LayerDirs;
  fileSystem: MemoryFileSystem;
  mounted: Set<string>;
  clock: FakeClock;
  logs: LogRecorder;
  /** What the metrics were told: 'lazy', or a reason. */
  counted: string[];
  /** Runs before each call of the file system ('fs.mount', ...); tests replace it. */
  onFileSystem: Intercept;
  /** Puts another snapshotter on the same data; what the file system had mounted is gone. */
  restart(): Promise<void>;
  /** Makes a committed snapshot. */
  make(name: string, parent?: string, labels?: Record<string, string>): Promise<void>;
  /** The names that match. */
  names(...filters: string[]): Promise<string[]>;
  id(name: string): number;
}

/** Registers hooks that give every test of the block it is called in a snapshotter of its own. */
export function useSnapshotter(
  createFixture: () => Promise<SnapshotterFixture>,
  options: SnapshotterOptions = {},
): SuiteContext {
  const context = {} as SuiteContext;
  let fixture: SnapshotterFixture;

  const start = (ports: { meta: MetaStore; dirs: LayerDirs }) => {
    const { clock, logs: logger, counted, mounted } = context;
    const fileSystem = createMemoryFileSystem({ mounted }, (call) => context.onFileSystem(call));
    const metrics: SnapshotterMetrics = {
      lazilyPrepared: () => counted.push('lazy'),
      fellBack: (reason) => counted.push(reason),
    };
    const snapshotter = createSnapshotter({ ...ports, fileSystem, clock, logger, metrics }, options);
    Object.assign(context, { ...ports, fileSystem, snapshotter });
  };

  beforeEach(async () => {
    fixture = await createFixture();
    Object.assign(context, {
      mounted: fixture.mounted ?? new Set<string>(),
      clock: createFakeClock(),
      logs: createLogRecorder(),
      counted: [],
      onFileSystem: () => undefined,
      async restart() {
        await context.snapshotter.close();
        await context.fileSystem[Symbol.asyncDispose]();
        start(await fixture.reopen());
      },
      async make(name: string, parent = '', labels: Record<string, string> = {}) {
        await context.snapshotter.prepare(`making ${name}`, parent, {});
        await context.snapshotter.commit(name, `making ${name}`, labels);
      },
      async names(...filters: string[]) {
        return (await collect(context.snapshotter.list(filters))).map(({ name }) => name);
      },
      id: (name: string) => context.meta.read((tx) => tx.get(name))!.id,
    } satisfies Partial<SuiteContext>);
    start(fixture);
  });

  afterEach(async () => {
    await context.snapshotter.close();
    await context.fileSystem[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });
  return context;
}

/** The labels with which containerd asks for a layer. */
export function layerLabels(chainId: string): Record<string, string> {
  return {
    [TARGET_LABEL]: chainId,
    'containerd.io/snapshot/cri.image-ref': 'registry.example/image:1',
    'containerd.io/snapshot/cri.layer-digest': `sha256:layer-of-${chainId}`,
  };
}
