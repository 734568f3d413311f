import type { CallOptions } from '@sluice/snapshotter-core';

/** A share of a limit on bytes held in memory at one time. Disposing it gives the share back. */
export interface ByteBudget {
  /**
   * Waits, in order of arrival, until `bytes` more may be held. A share above the whole limit is granted once
   * nothing else is held: it costs as much as the limit.
   *
   * @throws the signal's reason if aborted while waiting
   */
  take(bytes: number, options?: CallOptions): Promise<Disposable>;
}

interface Waiter {
  readonly cost: number;
  readonly grant: () => void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  const waiters: Waiter[] = [];
  let freeBytes = limitBytes;

  const grantWaiting = () => {
    while (waiters[0] && waiters[0].cost <= freeBytes) {
      const waiter = waiters.shift()!;
      freeBytes -= waiter.cost;
      waiter.grant();
    }
  };

  const shareOf = (cost: number): Disposable => {
    let held = true;
    return {
      [Symbol.dispose]() {
        if (!held) return;
        held = false;
        freeBytes += cost;
        grantWaiting();
      },
    };
  };

  return {
    take(bytes, { signal } = {}) {
      const cost = Math.min(bytes, limitBytes);
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abandon = () => {
          waiters.splice(waiters.indexOf(waiter), 1);
          grantWaiting();
          reject(signal?.reason);
        };
        const grant = () => {
          signal?.removeEventListener('abort', abandon);
          resolve(shareOf(cost));
        };
        const waiter = { cost, grant };
        signal?.addEventListener('abort', abandon, { once: true });
        waiters.push(waiter);
        grantWaiting();
      });
    },
  };
}
