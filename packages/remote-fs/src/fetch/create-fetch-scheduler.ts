import { setTimeout as delay } from 'node:timers/promises';
import { createRateLimit } from './create-rate-limit.ts';
import type { FetchPriority } from './fetch-priority.ts';
import type { FetchScheduler, FetchTicket } from './fetch-scheduler.ts';

export interface FetchSchedulerOptions {
  /** Bytes held in memory for all ranges under way. Default 128 MiB. */
  readonly budgetBytes?: number;
  /** Milliseconds without a waiting reader that count as quiet. Default 2000. */
  readonly quietMs?: number;
  /** Compressed bytes a second that the background may fetch; 0 for as many as come. Default 0. */
  readonly backgroundBytesPerSecond?: number;
}

interface Waiting {
  priority: FetchPriority;
  readonly bytes: number;
  readonly linkBytes: number;
  readonly grant: () => void;
  readonly preempt: () => void;
  granted: boolean;
}

const priorities: readonly FetchPriority[] = ['demand', 'planned', 'hinted', 'ahead', 'background'];
/** Fewer in all than the connections that the registry client opens to a host, so that a reader finds one. */
const rangesAtOnce = { demand: 10, planned: 4, hinted: 12, ahead: 4, background: 2 };
/** Of what files name, which are many short ranges, so many may be under way beside others. */
const hintedBesideAtOnce = 14;
/** Which ranges count together. */
const isEarly = (priority: FetchPriority) => priority !== 'demand' && priority !== 'background';
const areAlike = (a: FetchPriority, b: FetchPriority) => a === b || (isEarly(a) && isEarly(b));

/**
 * Bytes on the link while a reader waits, or else one range: so many keep it busy between the reader's requests, and more
 * would share it with them. Many short ranges are as good for that as a long one.
 */
const earlyOfWaitingBytes = 768 * 1024;

export function createFetchScheduler(options: FetchSchedulerOptions = {}): FetchScheduler {
  const budgetBytes = options.budgetBytes ?? 128 * 1024 * 1024;
  const quietMs = options.quietMs ?? 2000;
  const rate = createRateLimit(options.backgroundBytesPerSecond ?? 0);
  const closing = new AbortController();
  const queue: Waiting[] = [];
  const running = new Set<Waiting>();
  let readers = 0;
  let lastReaderAt = performance.now();
  let timer: NodeJS.Timeout | undefined;

  const quietInMs = () => (readers > 0 ? quietMs : Math.max(0, lastReaderAt + quietMs - performance.now()));

  const mayBegin = (wanted: Waiting): boolean => {
    const alike = [...running].filter((other) => areAlike(other.priority, wanted.priority));
    if (alike.length >= rangesAtOnce[wanted.priority]) return false;
    if (wanted.priority === 'hinted' && running.size >= hintedBesideAtOnce) return false;
    if (readers > 0 && isEarly(wanted.priority) && alike.length > 0) {
      if (wanted.priority === 'ahead') return false;
      const onLink = alike.reduce((sum, other) => sum + other.linkBytes, wanted.linkBytes);
      if (onLink > earlyOfWaitingBytes) return false;
    }
    const urgent = wanted.priority === 'demand';
    const rivals = [...running].filter((other) => urgent || other.priority !== 'demand');
    const held = rivals.reduce((sum, other) => sum + other.bytes, 0);
    if (held > 0 && held + wanted.bytes > (urgent ? budgetBytes : budgetBytes / 2)) return false;
    return wanted.priority !== 'background' || (quietInMs() === 0 && rate.waitMs() === 0);
  };

  const begin = (wanted: Waiting) => {
    queue.splice(queue.indexOf(wanted), 1);
    running.add(wanted);
    wanted.granted = true;
    if (wanted.priority === 'background') rate.spend(wanted.bytes);
    wanted.grant();
  };

  const advance = () => {
    for (const priority of priorities) {
      for (const wanted of queue.filter((other) => other.priority === priority)) {
        if (!mayBegin(wanted)) break;
        begin(wanted);
      }
    }
    lookAgainLater();
  };

  /** Nothing else would wake the background when it becomes quiet. */
  const lookAgainLater = () => {
    if (timer || readers > 0 || !queue.some((wanted) => wanted.priority === 'background')) return;
    const waitMs = Math.max(quietInMs(), rate.waitMs());
    // The time may have come just after the look: what is under way looks again when it ends, if there is something.
    if (waitMs === 0 && running.size > 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      advance();
    }, waitMs + 1).unref();
  };

  const finish = (wanted: Waiting) => {
    if (running.delete(wanted)) advance();
    else if (queue.includes(wanted)) queue.splice(queue.indexOf(wanted), 1);
  };

  return {
    request({ priority, bytes, linkBytes, signal }) {
      const granted = Promise.withResolvers<void>();
      const preempted = new AbortController();
      const wanted: Waiting = {
        priority,
        bytes,
        linkBytes,
        grant: granted.resolve,
        preempt: () => preempted.abort(new Error('a reader has come')),
        granted: false,
      };
      const giveUp = () => {
        if (!wanted.granted) finish(wanted);
        granted.reject(signal.reason);
      };
      granted.promise.catch(() => {});
      if (signal.aborted) giveUp();
      else {
        signal.addEventListener('abort', giveUp, { once: true });
        queue.push(wanted);
        advance();
      }
      return ticketOf(wanted, {
        granted: granted.promise,
        preempted: preempted.signal,
        hasten: advance,
        end: () => {
          signal.removeEventListener('abort', giveUp);
          finish(wanted);
        },
      });
    },
    readerWaits() {
      readers++;
      for (const other of running) if (other.priority === 'background') other.preempt();
      let waits = true;
      return {
        [Symbol.dispose]() {
          if (!waits) return;
          waits = false;
          readers--;
          lastReaderAt = performance.now();
          advance();
        },
      };
    },
    async quiet(call = {}) {
      const signal = AbortSignal.any([closing.signal, ...(call.signal ? [call.signal] : [])]);
      signal.throwIfAborted();
      for (let waitMs = quietInMs(); waitMs > 0; waitMs = quietInMs()) {
        await delay(waitMs + 1, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
      }
    },
    [Symbol.dispose]() {
      closing.abort(new Error('the daemon is stopping'));
      clearTimeout(timer);
    },
  };
}

function ticketOf(
  wanted: Waiting,
  ticket: Pick<FetchTicket, 'granted' | 'preempted' | 'hasten'> & { readonly end: () => void },
): FetchTicket {
  return {
    granted: ticket.granted,
    preempted: ticket.preempted,
    hasten() {
      if (wanted.priority === 'demand') return;
      wanted.priority = 'demand';
      ticket.hasten();
    },
    [Symbol.dispose]: ticket.end,
  };
}
