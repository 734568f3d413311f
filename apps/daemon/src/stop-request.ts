import type { Logger } from '@sluice/snapshotter-core';

/** What asks a process to end. */
const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/** Mounts are taken away as far as possible before the end; but to an end it must come. */
const lastStepsMs = 5000;

/**
 * Waits for a reason to stop: a signal, or an error that nobody caught, after which the process ends with
 * status 1. A second signal ends it at once, as if it had been killed: whoever sends it does not want to wait.
 *
 * @returns the reason, for the log
 */
export function stopRequest(deps: { readonly logger: Logger }): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const kill = () => process.kill(process.pid, 'SIGKILL');
    for (const name of stopSignals) {
      process.on(name, () => {
        if (asked) kill();
        asked = true;
        resolve(name);
      });
    }
    process.on('uncaughtException', (err, origin) => {
      deps.logger.error({ err, origin }, 'an error that nobody caught: the daemon stops; please report it');
      process.exitCode = 1;
      setTimeout(kill, lastStepsMs).unref();
      resolve(origin);
    });
  });
}
