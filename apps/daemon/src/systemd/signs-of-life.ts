import type { Logger } from '@sluice/snapshotter-core';
import type { ServiceManager } from './service-manager.ts';

export interface SignsOfLifeDeps {
  readonly manager: ServiceManager;
  readonly logger: Logger;
  /** Settles, in either way, as long as everything that works for containers goes on. */
  readonly probe: () => Promise<unknown>;
  /** What people shall read: a line. */
  readonly status: () => string;
}

/** How often systemd is told of the status where it has no watchdog. */
const STATUS_MS = 10_000;

/**
 * Tells systemd again and again that the daemon lives and how it is, until it is disposed of. It does not while a probe
 * is waited for: then, or when this thread is stuck, systemd ends the daemon after its watchdog's time.
 */
export function giveSignsOfLife({ manager, logger, probe, status }: SignsOfLifeDeps): Disposable {
  let isProbing = false;
  let lastStatus = '';

  async function beat(): Promise<void> {
    if (isProbing) {
      logger.warn({ watchdogMs: manager.watchdogMs }, 'mounts are not answered for');
      return;
    }
    isProbing = true;
    await probe().catch(() => undefined);
    isProbing = false;
    const text = status();
    const news = text === lastStatus ? [] : [`STATUS=${text}`];
    lastStatus = text;
    const sign = manager.watchdogMs === undefined ? [] : ['WATCHDOG=1'];
    if (sign.length + news.length > 0) manager.tell(...sign, ...news);
  }

  // Three within the time: one may be late.
  const timer = setInterval(() => void beat(), (manager.watchdogMs ?? 3 * STATUS_MS) / 3);
  void beat();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
