import { setImmediate } from 'node:timers/promises';

/** Long enough that switching costs little, short enough that other calls do not notice. */
const SLICE_MS = 5;

/**
 * Lets work that is made of many short synchronous steps share the thread: ask `isOver` after each step, and
 * `await rest()` when it is.
 */
export class TimeSlice {
  readonly #signal: AbortSignal | undefined;
  #endMs = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#signal = signal;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** Lets everything else that waits run, then begins a new slice. @throws the signal's reason */
  async rest(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#endMs = performance.now() + SLICE_MS;
  }
}
