import type { CallOptions } from './call-options.ts';
import { describeError } from './describe-error.ts';
import type { Logger } from './logger.ts';
import type { ChainLink } from './ports/meta-store.ts';
import { SnapshotterError } from './snapshotter-error.ts';
import { waitWithSignal } from './work/wait-with-signal.ts';

/**
 * How a layer becomes available again; rejects with what keeps it away.
 *
 * @param signal is aborted when the snapshot is removed
 */
export type Recovery = (signal: AbortSignal) => Promise<void>;

interface Absence {
  readonly link: ChainLink;
  readonly recover: Recovery;
  readonly removed: AbortController;
  cause: unknown;
  attempt?: Promise<void> | undefined;
}

/**
 * Knows the snapshots whose content cannot be used now, and brings them back when they are needed. Snapshots
 * that are well cost nothing.
 */
export class Availability {
  private readonly logger: Logger;
  private readonly absences = new Map<number, Absence>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** @param recover is run by `recover` and `require`, by one call at a time, until it resolves */
  markUnavailable(link: ChainLink, cause: unknown, recover: Recovery): void {
    this.absences.set(link.id, { link, recover, cause, removed: new AbortController() });
  }

  /** The snapshot is gone. Resolves when no attempt to bring it back is under way any more; never rejects. */
  async forget(id: number): Promise<void> {
    const absence = this.absences.get(id);
    if (!absence) return;
    this.absences.delete(id);
    absence.removed.abort(
      new SnapshotterError('NOT_FOUND', `snapshot ${absence.link.name} does not exist any more`),
    );
    await absence.attempt?.catch(() => undefined);
  }

  isUnavailable(id: number): boolean {
    return this.absences.has(id);
  }

  /** Why the content of this snapshot cannot be used now; undefined if it can. */
  problemOf(id: number): string | undefined {
    const absence = this.absences.get(id);
    return absence && describeError(absence.cause);
  }

  list(): readonly { id: number; name: string; problem: string }[] {
    return [...this.absences.values()].map(({ link, cause }) => ({
      id: link.id,
      name: link.name,
      problem: describeError(cause),
    }));
  }

  /**
   * Sees to it that all these snapshots can be used.
   *
   * @throws SnapshotterError UNAVAILABLE with the layer and the cause, after having tried every one
   */
  async require(chain: readonly ChainLink[], options?: CallOptions): Promise<void> {
    if (this.absences.size === 0) return;
    const attempts = chain.map((link) => this.recover(link.id, options));
    const failed = (await Promise.allSettled(attempts)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Tries one snapshot; those who ask at the same time share the attempt. Resolves at once if it is well. */
  async recover(id: number, options?: CallOptions): Promise<void> {
    const absence = this.absences.get(id);
    if (!absence) return;
    if (!absence.attempt) {
      absence.attempt = this.attempt(absence);
      // Whoever waits is told; it may be that nobody does any more.
      absence.attempt.catch(() => undefined);
    }
    try {
      await waitWithSignal(absence.attempt, options);
    } catch (cause) {
      if (options?.signal?.aborted) throw cause;
      throw new SnapshotterError(
        'UNAVAILABLE',
        `layer ${absence.link.name} cannot be used now: ${describeError(cause)}`,
        { cause },
      );
    }
  }

  private async attempt(absence: Absence): Promise<void> {
    const { id, name } = absence.link;
    try {
      await absence.recover(absence.removed.signal);
      this.absences.delete(id);
      this.logger.debug({ id, layer: name }, 'layer is available');
    } catch (err) {
      absence.cause = err;
      if (!absence.removed.signal.aborted) this.logger.warn({ id, layer: name, err }, 'layer is unavailable');
      throw err;
    } finally {
      absence.attempt = undefined;
    }
  }
}
