import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Snapshotter } from '@sluice/snapshotter-core';
import {
  createLogRecorder,
  createMemorySnapshotter,
  type LogRecorder,
  type MemorySnapshotter,
  type MemorySnapshotterOptions,
} from '@sluice/testkit/core';
import { type CallReport, createSnapshotsServer, type SnapshotsServerOptions } from '../src/index.ts';
import type { SnapshotsServer } from '../src/snapshots-server.ts';
import { createSnapshotsClient, type SnapshotsClient } from './snapshots-client.ts';

export interface ServeOptions {
  readonly memory?: MemorySnapshotterOptions;
  readonly server?: Omit<SnapshotsServerOptions, 'address'>;
  /** Instead of the in-memory one, or some of its methods. */
  readonly override?: Partial<Snapshotter>;
}

/** A server on a socket of its own over a snapshotter in memory, and a client of it. Disposing it ends all. */
export interface Served extends AsyncDisposable {
  readonly address: string;
  readonly server: SnapshotsServer;
  readonly client: SnapshotsClient;
  readonly memory: MemorySnapshotter;
  /** Of the server alone. */
  readonly logs: LogRecorder;
  readonly calls: readonly CallReport[];
}

export async function serveMemory(options: ServeOptions = {}): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-grpc-'));
  const address = join(directory, 'sluice.sock');
  const memory = createMemorySnapshotter(options.memory);
  const logs = createLogRecorder();
  const calls: CallReport[] = [];
  const server = createSnapshotsServer(
    {
      snapshotter: { ...memory.snapshotter, ...options.override },
      logger: logs,
      metrics: { callDone: (report) => calls.push(report) },
    },
    { address, ...options.server },
  );
  await server.listen();
  const client = createSnapshotsClient(address);
  return {
    address,
    server,
    client,
    memory,
    logs,
    calls,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server.close();
      await memory.snapshotter.close();
      rmSync(directory, { recursive: true });
    },
  };
}
