import type { CallOptions } from '@sluice/snapshotter-core';

/**
 * Work that several callers wait for and that is done once. It begins at once, and is aborted when the last
 * caller who waits gives up; a task that nobody has ever waited for runs on.
 */
export interface SharedTask<T> {
  /** Settles as the work does, whoever waits. Never an unhandled rejection. */
  readonly settled: Promise<void>;
  /** True once everybody has given up: too late to wait for it. */
  readonly abandoned: boolean;
  /** @throws what the work throws, or the caller's own abort reason */
  wait(options?: CallOptions): Promise<T>;
  /** As `wait`, for a part of the work that settles by itself, with or before the whole. */
  waitFor<P>(part: Promise<P>, options?: CallOptions): Promise<P>;
}

export function createSharedTask<T>(run: (signal: AbortSignal) => Promise<T>): SharedTask<T> {
  const controller = new AbortController();
  const work = run(controller.signal);
  const settled = work.then(
    () => {},
    () => {},
  );
  let waiting = 0;

  const waitFor = <P>(part: Promise<P>, { signal }: CallOptions = {}): Promise<P> => {
    if (!signal) {
      waiting++;
      return part;
    }
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      waiting++;
      const leave = () => {
        reject(signal.reason);
        if (--waiting === 0) controller.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      part.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  };

  return {
    settled,
    get abandoned() {
      return controller.signal.aborted;
    },
    wait: (options) => waitFor(work, options),
    waitFor,
  };
}
