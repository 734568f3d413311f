import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { FuseThread } from '@sluice/fuse/thread';
import type { Logger } from '@sluice/snapshotter-core';
import { boundHeap } from './bound-heap.ts';
import { type Composition, compose } from './compose.ts';
import type { Config } from './config/config.ts';
import { createHolderWatchdog } from './holder-watchdog.ts';
import { type RehearsalPlan, rehearseLater } from './rehearsal/rehearse-later.ts';
import { stopRequest } from './stop-request.ts';
import { createSystemClock } from './system-clock.ts';
import { createServiceManager, type ServiceManager } from './systemd/service-manager.ts';
import { giveSignsOfLife, type LifeListener } from './systemd/signs-of-life.ts';

export interface RunDaemonDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  /** One that nobody has used, where there are mounts to serve. The daemon's from now on. */
  readonly fuseThread?: FuseThread | undefined;
}

/** How long clients may wait for the mounts of running containers. Most starts take back all of them in a tenth of it. */
const MOUNTS_FIRST_MS = 300;

/**
 * Runs the daemon until it is asked to stop. Serving begins before lazily mounted layers are back: calls that
 * need one wait for it.
 *
 * @throws what keeps it from starting; everything that had been begun is undone then
 */
export async function runDaemon({ config, logger, version, fuseThread }: RunDaemonDeps): Promise<void> {
  using _thread = fuseThread;
  const stopping = stopRequest({ logger });
  const manager = createServiceManager({ logger, env: process.env, pid: process.pid });
  // To the end, also while all else is being stopped.
  using signs = new DisposableStack();
  await using parts = new AsyncDisposableStack();
  const clock = createSystemClock();
  const composition = parts.use(await compose({ config, logger, clock, fuseThread }));
  for (const problem of composition.problems) logger.warn({}, problem);
  // Begins by marking layers that are to come back, so that no call is served before that.
  const restoring = restore(composition, logger);
  // Running containers wait for mounts, which get no turn of this thread while it loads servers.
  await Promise.race([restoring, delay(MOUNTS_FIRST_MS)]);
  const { startServers } = await import('./start-servers.ts');
  const server = await startServers({ composition, config, logger, version, clock, parts });
  // Takes long after an upgrade, and nobody is answered meanwhile: before there is anybody.
  flushCompileCache();
  await server.listen();
  const { root, address } = config;
  const readyMs = Math.round(performance.now());
  logger.info({ version, pid: process.pid, root, address, readyMs }, 'serving');
  boundHeap();
  manager?.tell('READY=1');
  for (const listener of lifeListeners(composition, config, manager))
    signs.use(giveSignsOfLife({ listener, logger, ...vitalSigns(composition) }));
  parts.use(rehearse(composition, { logger, root, after: restoring }));
  logger.info({ reason: await stopping }, 'stopping');
  manager?.tell('STOPPING=1', 'STATUS=stopping');
}

/** Who wants to hear that the daemon lives. */
function lifeListeners({ holder }: Composition, { watchdog }: Config, manager: ServiceManager | undefined) {
  const listeners: LifeListener[] = manager ? [manager] : [];
  if (holder && watchdog.seconds > 0) listeners.push(createHolderWatchdog(holder, watchdog));
  return listeners;
}

/** What they are told: that mounts are answered for, which is another thread's work, and how many there are. */
function vitalSigns({ remoteFs }: Composition) {
  return {
    probe: async () => remoteFs?.probe(),
    status: () => `${remoteFs?.totals().mounts ?? 0} layers are mounted lazily`,
  };
}

/** So that the first pull is as quick as the next one. */
function rehearse(
  { remoteFs }: Composition,
  plan: Omit<RehearsalPlan, 'isInUse'>,
): AsyncDisposable | undefined {
  return remoteFs && rehearseLater({ ...plan, isInUse: () => remoteFs.totals().mounts > 0 });
}

/** Never rejects: a layer that does not come back is the snapshotter's to report. */
async function restore({ snapshotter }: Composition, logger: Logger): Promise<void> {
  try {
    await snapshotter.restore();
  } catch (err) {
    logger.error({ err }, 'not everything could be restored');
  }
}
