import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths, type DaemonStatus, type SnapshotRow } from '@sluice/admin-api';

/** An admin socket that answers what tests want; the real daemon is asked in sluice.root.test.ts. */
export interface FakeDaemon extends AsyncDisposable {
  readonly address: string;
  /** What it answers, by path. Undefined: it never answers. */
  readonly answers: Map<string, { status?: number; body: string } | undefined>;
  readonly asked: readonly string[];
}

export async function startFakeDaemon(): Promise<FakeDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  const address = join(directory, 'admin.sock');
  const asked: string[] = [];
  const answers: FakeDaemon['answers'] = new Map([
    [adminPaths.status, { body: JSON.stringify(daemonStatus()) }],
    [adminPaths.snapshots, { body: JSON.stringify({ snapshots: [snapshotRow()] }) }],
  ]);
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const answer = answers.get(request.url!);
    if (answer) response.writeHead(answer.status ?? 200).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return {
    address,
    answers,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

export function daemonStatus(changes: Partial<DaemonStatus> = {}): DaemonStatus {
  return {
    version: '1.2.3',
    pid: 4711,
    startedAt: '2026-01-02T03:04:05.000000006Z',
    uptimeSeconds: 7322.5,
    root: '/var/lib/sluice',
    address: '/run/sluice/sluice.sock',
    healthy: true,
    problems: [],
    residentBytes: 104_857_600,
    snapshots: { active: 3, view: 1, committed: 12, remote: 8 },
    layers: { mounted: 8, unavailable: 0, fallbacks: { corrupt: 1, 'unsupported-format': 2 } },
    content: { bytesLocal: 45_600_000, bytesFetched: 20_000_000, requests: 120 },
    ...changes,
  };
}

export function snapshotRow(changes: Partial<SnapshotRow> = {}): SnapshotRow {
  return {
    id: 1,
    name: 'k8s.io/1/base',
    parent: '',
    kind: 'committed',
    lazy: false,
    createdAt: '2026-01-02T03:04:05.000000006Z',
    ...changes,
  };
}
