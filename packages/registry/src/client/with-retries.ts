import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError } from '../registry-error.ts';

export interface RetryOptions {
  /** Tries in all, at least one. */
  readonly attempts: number;
  readonly backoffBaseMs: number;
  /** A server that asks for a longer wait than this is not waited for. */
  readonly backoffMaxMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs an attempt until it succeeds, fails for good, or has failed `attempts` times. Waits grow exponentially, each
 * drawn from the upper half of its range so that many clients do not return at once.
 *
 * @throws RegistryError the last attempt's; the signal's reason when aborted
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      options.signal?.throwIfAborted();
      const waitMs = tried < options.attempts ? waitBeforeRetry(error, tried, options) : undefined;
      if (waitMs === undefined) throw error;
      await sleep(waitMs, undefined, options.signal ? { signal: options.signal } : {}).catch(
        (aborted: unknown) => {
          options.signal?.throwIfAborted();
          throw aborted;
        },
      );
    }
  }
}

/** Milliseconds; undefined for not at all. */
function waitBeforeRetry(error: unknown, tried: number, options: RetryOptions): number | undefined {
  if (!(error instanceof RegistryError) || !error.retryable) return undefined;
  const ceilingMs = Math.min(options.backoffMaxMs, options.backoffBaseMs * 2 ** (tried - 1));
  const waitMs = Math.max(ceilingMs * (0.5 + Math.random() / 2), error.retryAfterMs ?? 0);
  return waitMs > options.backoffMaxMs ? undefined : waitMs;
}
