import type { Socket } from 'node:net';

export interface PipeOptions {
  readonly rateBytesPerSecond: number;
  /** From one end to the other. */
  readonly delayMs: number;
}

/** One direction of a link. Disposing it drops what is on the way. */
export interface Pipe extends Disposable {
  /**
   * Carries all that `from` receives to `to`, and after that its end. No more than a window of each connection is
   * on the way or unread by the receiver; then `from` is paused.
   */
  carry(from: Socket, to: Socket): void;
  /** Bytes that have left the pipe. */
  deliveredBytes(): number;
}

/** What is on the way. */
interface Parcel {
  /** It leaves the pipe then, as `performance.now()` counts. */
  readonly atMs: number;
  readonly deliver: () => void;
}

/** As much as TCP lets be on the way on an ordinary machine, and more than rate times delay of most links. */
const WINDOW_BYTES = 1 << 20;

/**
 * A pipe passes bytes at its rate, in the order in which they came, and each takes the delay on top:
 *
 *     arrives      starts = max(arrives, when the one before has passed)      passes = starts + size / rate
 *     |------------|----------------------------------------------------------|------- delay -------> leaves
 *
 * Times are computed, not slept, so that late timers do not add up to a lower rate.
 */
export function createPipe({ rateBytesPerSecond, delayMs }: PipeOptions): Pipe {
  const parcels: Parcel[] = [];
  let passedAtMs = 0;
  let delivered = 0;
  let timer: NodeJS.Timeout | undefined;

  const schedule = () => {
    if (parcels[0]) timer ??= setTimeout(deliverDue, Math.max(1, parcels[0].atMs - performance.now()));
  };
  const deliverDue = () => {
    timer = undefined;
    while (parcels[0] && parcels[0].atMs <= performance.now()) parcels.shift()!.deliver();
    schedule();
  };
  const send = (sizeBytes: number, deliver: () => void) => {
    passedAtMs = Math.max(performance.now(), passedAtMs) + (sizeBytes / rateBytesPerSecond) * 1000;
    parcels.push({ atMs: passedAtMs + delayMs, deliver });
    schedule();
  };

  return {
    carry(from, to) {
      let unreadBytes = 0;
      const read = (sizeBytes: number) => {
        unreadBytes -= sizeBytes;
        if (unreadBytes < WINDOW_BYTES) from.resume();
      };
      from.on('data', (bytes: Buffer) => {
        unreadBytes += bytes.length;
        if (unreadBytes >= WINDOW_BYTES) from.pause();
        send(bytes.length, () => {
          delivered += bytes.length;
          if (to.writable) to.write(bytes, () => read(bytes.length));
        });
      });
      from.on('end', () => send(0, () => to.end()));
      from.resume();
    },
    deliveredBytes: () => delivered,
    [Symbol.dispose]() {
      clearTimeout(timer);
      parcels.length = 0;
    },
  };
}
