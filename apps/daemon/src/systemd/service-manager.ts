import { sendDatagram } from '@sluice/linux';
import type { Logger } from '@sluice/snapshotter-core';
import type { LifeListener } from './signs-of-life.ts';

export interface ServiceManagerDeps {
  readonly logger: Logger;
  /** The variables of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** systemd, as the daemon talks to it: sd_notify(3), sd_watchdog_enabled(3). Undefined where it has not started the daemon. */
export interface ServiceManager extends LifeListener {
  /**
   * Tells it how the daemon is, at once, and logs why that cannot be. Never throws.
   *
   * @param assignments such as 'READY=1'; no newlines
   */
  tell(...assignments: readonly string[]): void;
}

export function createServiceManager({ logger, env, pid }: ServiceManagerDeps): ServiceManager | undefined {
  const address = env['NOTIFY_SOCKET'];
  if (!address) return undefined;
  return {
    watchdogMs: watchdogOf(env, pid),
    tell(...assignments) {
      try {
        sendDatagram(address, Buffer.from(assignments.join('\n')));
      } catch (err) {
        logger.warn({ err, assignments }, 'systemd cannot be told how the daemon is');
      }
    },
  };
}

/** WATCHDOG_PID says whom it concerns: variables are inherited. */
function watchdogOf(env: ServiceManagerDeps['env'], pid: number): number | undefined {
  const microseconds = Number(env['WATCHDOG_USEC']);
  const isForUs = [undefined, String(pid)].includes(env['WATCHDOG_PID']);
  return isForUs && microseconds > 0 ? microseconds / 1000 : undefined;
}
