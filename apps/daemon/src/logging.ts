import type { Logger } from '@sluice/snapshotter-core';
import { type DestinationStream, destination, type LevelWithSilent, pino, stdTimeFunctions } from 'pino';

export interface LoggingOptions {
  readonly level: LevelWithSilent;
  /** Default: stderr. */
  readonly to?: DestinationStream;
}

/**
 * A line of JSON an event: `level` by name, `time` in RFC 3339, `msg`, and fields. Lines are written before the
 * call returns, so that the last one before an end is never lost.
 */
export function createLogger(options: LoggingOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.to ?? destination({ dest: 2, sync: true }),
  );
}
