import type { LogFields, Logger } from '@sluice/snapshotter-core';

const quietMs = 1000;

/** Logs reads that failed, at most one a second: a program may try a broken file again and again. */
export interface FailedReadLog {
  add(fields: LogFields): void;
}

export function createFailedReadLog(deps: { logger: Logger }): FailedReadLog {
  let quietUntil = 0;
  let suppressed = 0;
  return {
    add(fields) {
      const now = performance.now();
      if (now < quietUntil) {
        suppressed++;
        return;
      }
      deps.logger.error({ ...fields, suppressed }, 'a read from a lazily mounted layer failed');
      quietUntil = now + quietMs;
      suppressed = 0;
    },
  };
}
