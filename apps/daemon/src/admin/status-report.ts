import type { DaemonStatus } from '@sluice/admin-api';
import type { RemoteFileSystem } from '@sluice/remote-fs';
import type { ManagedSnapshotter } from '@sluice/snapshotter-core';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics.ts';
import { rfc3339 } from './snapshot-rows.ts';

export interface StatusReportDeps {
  readonly snapshotter: Pick<ManagedSnapshotter, 'summarize'>;
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: Pick<RemoteFileSystem, 'totals' | 'problems'> | undefined;
  readonly metrics: Pick<Metrics, 'totals'>;
  readonly config: Config;
  readonly version: string;
  readonly startedNs: bigint;
  /** What has been wrong since the start, beside single layers: sentences. */
  readonly standingProblems: readonly string[];
}

/** What `sluice status` shows. */
export async function statusReport(deps: StatusReportDeps): Promise<DaemonStatus> {
  const { snapshots, unavailable, fallbacks } = await deps.snapshotter.summarize();
  const missing = unavailable.map(({ name, problem }) => `snapshot ${name} cannot be used: ${problem}`);
  const problems = [...deps.standingProblems, ...(deps.remoteFs?.problems() ?? []), ...missing];
  const { mounts, bytesLocal } = deps.remoteFs?.totals() ?? { mounts: 0, bytesLocal: 0 };
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
    snapshots,
    layers: { mounted: mounts, unavailable: unavailable.length, fallbacks },
    content: { bytesLocal, ...deps.metrics.totals() },
  };
}
