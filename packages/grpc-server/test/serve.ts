import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Snapshotter } from '@sluice/snapshotter-core';
import { createLogRecorder, type LogRecorder } from '@sluice/testkit/core';
import { type CallReport, createSnapshotsServer, type SnapshotsServerOptions } from '../src/index.ts';
import type { SnapshotsServer } from '../src/snapshots-server.ts';
import { createSnapshotsClient, type SnapshotsClient } from './snapshots-client.ts';
import { transportUnderTest } from './transport-under-test.ts';

/** A server on a socket of its own, and a client of it. Disposing it ends both. */
export interface Served extends AsyncDisposable {
  readonly address: string;
  readonly server: SnapshotsServer;
  readonly client: SnapshotsClient;
  /** Of the server alone. */
  readonly logs: LogRecorder;
  readonly calls: readonly CallReport[];
}

/** @param snapshotter stays the caller's */
export async function serve(
  snapshotter: Snapshotter,
  options: Omit<SnapshotsServerOptions, 'address'> = {},
): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-grpc-'));
  const address = join(directory, 'sluice.sock');
  const logs = createLogRecorder();
  const calls: CallReport[] = [];
  const metrics = { callDone: (report: CallReport) => calls.push(report) };
  const server = createSnapshotsServer(
    { snapshotter, logger: logs, metrics },
    { address, transport: transportUnderTest.name, ...options },
  );
  await server.listen();
  const client = createSnapshotsClient(address);
  return {
    address,
    server,
    client,
    logs,
    calls,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
