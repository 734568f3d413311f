import type { CallOptions } from '../call-options.ts';
import { toSnapshotterError } from './to-snapshotter-error.ts';

/** Counts calls under way, so that closing can wait for them, and refuses new ones afterwards. */
export class CallsUnderWay {
  private readonly closing: AbortSignal;
  private readonly calls = new Set<Promise<unknown>>();

  constructor(closing: AbortSignal) {
    this.closing = closing;
  }

  /**
   * Runs a call.
   *
   * @throws SnapshotterError, or the reason of the call's signal, or that of `closing` where it is aborted
   */
  async run<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
    this.closing.throwIfAborted();
    options?.signal?.throwIfAborted();
    const call = work();
    this.calls.add(call);
    try {
      return await call;
    } catch (error) {
      throw options?.signal?.aborted ? error : toSnapshotterError(error);
    } finally {
      this.calls.delete(call);
    }
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.calls]);
  }
}
