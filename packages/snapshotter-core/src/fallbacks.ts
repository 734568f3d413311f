import type { NotLazyReason } from './not-lazy-error.ts';

/** Remembers which layers were to be lazy and are not. */
export class Fallbacks {
  private readonly reasons = new Map<number, NotLazyReason>();
  private readonly counts = new Map<NotLazyReason, number>();

  add(id: number, reason: NotLazyReason): void {
    this.reasons.set(id, reason);
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  /** Of a snapshot that is active; a committed one has it in its record. */
  reasonOf(id: number): NotLazyReason | undefined {
    return this.reasons.get(id);
  }

  forget(id: number): void {
    this.reasons.delete(id);
  }

  /** Since the start, by reason. */
  totals(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
