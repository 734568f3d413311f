import type { LastingHolder } from '@sluice/holder';
import type { LifeListener } from './systemd/signs-of-life.ts';

/**
 * The holder as one who ends a daemon that hangs, also where there is no systemd. It runs while layers are mounted, and
 * only then does anybody wait for the daemon without end.
 */
export function createHolderWatchdog(
  holder: Pick<LastingHolder, 'beat'>,
  { seconds }: { readonly seconds: number },
): LifeListener {
  const watchdogMs = seconds * 1000;
  return {
    watchdogMs,
    tell(...assignments) {
      if (assignments.includes('WATCHDOG=1')) void holder.beat(watchdogMs);
    },
  };
}
