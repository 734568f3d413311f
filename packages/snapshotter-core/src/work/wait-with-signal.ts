import type { CallOptions } from '../call-options.ts';

/** Waits for work that others wait for too: aborting ends the waiting, not the work. */
export async function waitWithSignal<T>(work: Promise<T>, options: CallOptions | undefined): Promise<T> {
  const signal = options?.signal;
  if (!signal) return await work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
