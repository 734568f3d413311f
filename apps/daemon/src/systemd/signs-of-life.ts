import type { Logger } from '@sluice/snapshotter-core';

/** Who is told: systemd, or whoever ends a daemon that hangs. */
export interface LifeListener {
  /** It ends a daemon that lets more than this go by without a sign, in milliseconds. Undefined if it does not. */
  readonly watchdogMs: number | undefined;
  /** @param assignments as of sd_notify(3): 'WATCHDOG=1' is the sign, 'STATUS=...' what people shall read */
  tell(...assignments: readonly string[]): void;
}

export interface SignsOfLifeDeps {
  readonly listener: LifeListener;
  readonly logger: Logger;
  /** Settles, in either way, as long as everything that works for containers goes on. */
  readonly probe: () => Promise<unknown>;
  /** What people shall read: a line. */
  readonly status: () => string;
}

/** How often the status is told where there is no watchdog. */
const STATUS_MS = 10_000;

/**
 * Tells again and again that the daemon lives and how it is, until it is disposed of. It does not while a probe is waited
 * for: then, or when this thread is stuck, the watchdog ends the daemon after its time.
 */
export function giveSignsOfLife({ listener, logger, probe, status }: SignsOfLifeDeps): Disposable {
  let isProbing = false;
  let lastStatus = '';

  async function beat(): Promise<void> {
    if (isProbing) {
      logger.warn({ watchdogMs: listener.watchdogMs }, 'mounts are not answered for');
      return;
    }
    isProbing = true;
    await probe().catch(() => undefined);
    isProbing = false;
    const text = status();
    const news = text === lastStatus ? [] : [`STATUS=${text}`];
    lastStatus = text;
    const sign = listener.watchdogMs === undefined ? [] : ['WATCHDOG=1'];
    if (sign.length + news.length > 0) listener.tell(...sign, ...news);
  }

  // Three within the time: one may be late.
  const timer = setInterval(() => void beat(), (listener.watchdogMs ?? 3 * STATUS_MS) / 3);
  void beat();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
