import type { DaemonStatus } from '@sluice/admin-api';
import type { RemoteFileSystem } from '@sluice/remote-fs';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { rfc3339, type SnapshotRowsDeps, snapshotRows } from './snapshot-rows.ts';

export interface StatusReportDeps extends SnapshotRowsDeps {
  readonly remoteFs: Pick<RemoteFileSystem, 'describe' | 'totals'> | undefined;
  readonly metrics: Pick<Metrics, 'totals'>;
  readonly config: Config;
  readonly version: string;
  readonly startedNs: bigint;
  /** What has been wrong since the start and still is, beside layers that are not mounted. */
  readonly standingProblems: readonly string[];
}

/** What `sluice status` shows. */
export async function statusReport(deps: StatusReportDeps): Promise<DaemonStatus> {
  const rows = await snapshotRows(deps);
  const count = (kind: string) => rows.filter((row) => row.kind === kind).length;
  const remote = rows.filter((row) => row.lazy);
  const unavailable = remote.filter((row) => row.reason !== undefined);
  const problems = [...deps.standingProblems, ...unavailable.map((row) => `${row.name}: ${row.reason}`)];
  const { mounts, bytesLocal } = deps.remoteFs?.totals() ?? { mounts: 0, bytesLocal: 0 };
  const { fallbacks, bytesFetched, requests } = deps.metrics.totals();
  return {
    version: deps.version,
    pid: process.pid,
    startedAt: rfc3339(deps.startedNs),
    uptimeSeconds: process.uptime(),
    root: deps.config.root,
    address: deps.config.address,
    healthy: problems.length === 0,
    problems,
    residentBytes: process.memoryUsage.rss(),
    snapshots: {
      active: count('active'),
      view: count('view'),
      committed: count('committed'),
      remote: remote.length,
    },
    layers: { mounted: mounts, unavailable: unavailable.length, fallbacks },
    content: { bytesLocal, bytesFetched, requests },
  };
}
