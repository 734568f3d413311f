import type { Held } from './holder.ts';

/**
 * A holder that is started when it is needed and replaced when it dies: what this process holds is held again then,
 * for the open files are still open here. Calls wait for a replacement; none is lost.
 *
 * Disposing it ends the holder if nothing is held, and leaves it alone otherwise.
 */
export interface LastingHolder extends AsyncDisposable {
  /**
   * Starts the holder if none runs, for who will hold something soon and need not wait for that then. Nothing has to wait
   * for this; where it fails, `hold` tries again.
   */
  start(): Promise<void>;

  /** What is held, also from before this process. Starts no holder where none runs: nothing is held then. */
  list(): Promise<readonly Held[]>;

  /**
   * As `Holder.hold`. The descriptor is duplicated, so the caller may close it at any time.
   *
   * @throws HolderError START_FAILED, NAME_TAKEN, TRANSFER_FAILED
   */
  hold(name: string, fd: number, state: string): Promise<void>;

  /** As `Holder.take`. What is taken is held again, too, should the holder die. */
  take(name: string): Promise<number>;

  /**
   * As `Holder.beat`, where a holder runs: without one, nothing is held that could wait for this process. A holder that is
   * started later watches from then on, within the time that was said last. Never rejects: the log says so, once, where a
   * holder cannot watch.
   */
  beat(withinMs: number): Promise<void>;

  /** As `Holder.release`. */
  release(name: string): Promise<void>;
}
