import { createSnapshotsServer } from '@sluice/grpc-server';
import type { Clock, Logger } from '@sluice/snapshotter-core';
import { createAdminRoutes } from './admin/admin-routes.ts';
import { startAdminServer } from './admin/admin-server.ts';
import type { Composition } from './compose.ts';
import type { Config } from './config/config.ts';
import { parseLoopbackAddress } from './config/loopback-address.ts';
import { startMetricsServer } from './metrics-server.ts';

export interface StartServersDeps {
  readonly composition: Composition;
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  readonly clock: Clock;
  /** Get the servers as they start. */
  readonly parts: AsyncDisposableStack;
}

/** Begins to serve `sluice` and collectors of metrics. @returns containerd's server, which is still to listen */
export async function startServers(deps: StartServersDeps) {
  const { composition, config, logger, version, clock, parts } = deps;
  const { snapshotter, metrics, services } = composition;
  const routes = createAdminRoutes({
    ...composition,
    standingProblems: composition.problems,
    config,
    version,
    startedNs: clock(),
  });
  parts.use(await startAdminServer({ routes, logger }, config.admin));
  const metricsAddress = parseLoopbackAddress(config.metrics.address ?? '');
  if (metricsAddress) parts.use(await startMetricsServer({ metrics, logger }, metricsAddress));
  const { address } = config;
  return parts.use(
    createSnapshotsServer(
      { snapshotter, logger, metrics: metrics.grpc, services },
      { address, transport: config.grpc.transport },
    ),
  );
}
