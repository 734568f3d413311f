import { flushCompileCache } from 'node:module';
import { createSnapshotsServer } from '@sluice/grpc-server';
import type { Logger } from '@sluice/snapshotter-core';
import { createAdminRoutes } from './admin/admin-routes.ts';
import { startAdminServer } from './admin/admin-server.ts';
import { type Composition, compose } from './compose.ts';
import type { Config } from './config/config.ts';
import { parseLoopbackAddress } from './config/loopback-address.ts';
import { startMetricsServer } from './metrics-server.ts';
import { stopRequest } from './stop-request.ts';
import { createSystemClock } from './system-clock.ts';
import { createServiceManager } from './systemd/service-manager.ts';
import { giveSignsOfLife } from './systemd/signs-of-life.ts';

export interface RunDaemonDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
}

/**
 * Runs the daemon until it is asked to stop. Serving begins before lazily mounted layers are back: calls that
 * need one wait for it.
 *
 * @throws what keeps it from starting; everything that had been begun is undone then
 */
export async function runDaemon({ config, logger, version }: RunDaemonDeps): Promise<void> {
  const stopping = stopRequest({ logger });
  const manager = createServiceManager({ logger, env: process.env, pid: process.pid });
  // To the end, also while all else is being stopped.
  using signs = new DisposableStack();
  await using parts = new AsyncDisposableStack();
  const clock = createSystemClock();
  const composition = parts.use(await compose({ config, logger, clock }));
  for (const problem of composition.problems) logger.warn({}, problem);
  const routes = createAdminRoutes({
    ...composition,
    standingProblems: composition.problems,
    config,
    version,
    startedNs: clock(),
  });
  // Begins by marking layers that are to come back, so that no call is served before that.
  void restore(composition, logger);
  parts.use(await startAdminServer({ routes, logger }, config.admin));
  parts.use(await serveMetrics(composition, config, logger));
  const { root, address } = config;
  const server = parts.use(
    createSnapshotsServer(
      {
        snapshotter: composition.snapshotter,
        logger,
        metrics: composition.metrics.grpc,
        services: composition.services,
      },
      { address, transport: config.grpc.transport },
    ),
  );
  // Takes long after an upgrade, and nobody is answered meanwhile: before there is anybody.
  flushCompileCache();
  await server.listen();
  const readyMs = Math.round(performance.now());
  logger.info({ version, pid: process.pid, root, address, readyMs }, 'serving');
  manager?.tell('READY=1');
  if (manager) signs.use(giveSignsOfLife({ manager, logger, ...vitalSigns(composition) }));
  logger.info({ reason: await stopping }, 'stopping');
  manager?.tell('STOPPING=1', 'STATUS=stopping');
}

/** What systemd is told: that mounts are answered for, which is another thread's work, and how many there are. */
function vitalSigns({ remoteFs }: Composition) {
  return {
    probe: async () => remoteFs?.probe(),
    status: () => `${remoteFs?.totals().mounts ?? 0} layers are mounted lazily`,
  };
}

async function serveMetrics(
  { metrics }: Composition,
  config: Config,
  logger: Logger,
): Promise<AsyncDisposable | undefined> {
  const address = parseLoopbackAddress(config.metrics.address ?? '');
  return address && (await startMetricsServer({ metrics, logger }, address));
}

/** Never rejects: a layer that does not come back is the snapshotter's to report. */
async function restore({ snapshotter }: Composition, logger: Logger): Promise<void> {
  try {
    await snapshotter.restore();
  } catch (err) {
    logger.error({ err }, 'not everything could be restored');
  }
}
