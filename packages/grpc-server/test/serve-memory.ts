import type { Snapshotter } from '@sluice/snapshotter-core';
import {
  createMemorySnapshotter,
  type MemorySnapshotter,
  type MemorySnapshotterOptions,
} from '@sluice/testkit/core';
import type { SnapshotsServerOptions } from '../src/index.ts';
import { type Served, serve } from './serve.ts';

export interface ServeMemoryOptions {
  readonly memory?: MemorySnapshotterOptions;
  readonly server?: Omit<SnapshotsServerOptions, 'address'>;
  /** Instead of the in-memory one's methods. */
  readonly override?: Partial<Snapshotter>;
}

/** Serves the core on in-memory ports. */
export async function serveMemory(
  options: ServeMemoryOptions = {},
): Promise<Served & { readonly memory: MemorySnapshotter }> {
  const memory = createMemorySnapshotter(options.memory);
  const served = await serve({ ...memory.snapshotter, ...options.override }, options.server);
  return {
    ...served,
    memory,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await memory.snapshotter.close();
    },
  };
}
