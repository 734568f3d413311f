import type { CallOptions } from './call-options.ts';
import type { Labels } from './labels.ts';
import type { Mount } from './mount.ts';
import type { SnapshotInfo } from './snapshot-info.ts';
import type { Usage } from './usage.ts';

/**
 * A store of file-system snapshots, as containerd's core/snapshots/snapshotter.go specifies it, for all the
 * clients of one containerd. Keys are opaque; namespaces do not isolate.
 *
 * ```
 *   Prepare(key, parent) --> active --Commit(name)--> committed --+--> parent of others
 *   View(key, parent) -----> view                                 |
 *         \___________________ Remove ___________________________/
 * ```
 *
 * All calls may run at the same time. Every error is a SnapshotterError.
 */
export interface Snapshotter extends AsyncDisposable {
  /** @throws NOT_FOUND */
  stat(name: string, options?: CallOptions): Promise<SnapshotInfo>;

  /**
   * Changes labels. `paths` are field paths: `labels` replaces all of them, `labels.<key>` sets one, or removes
   * it where the given value is empty. Without paths all labels are replaced.
   *
   * @throws NOT_FOUND; INVALID_ARGUMENT for any other path, and then nothing has changed.
   */
  update(
    name: string,
    labels: Labels,
    paths: readonly string[],
    options?: CallOptions,
  ): Promise<SnapshotInfo>;

  /**
   * Resources of this snapshot without its parents. Of an active one: counted now; of a view: none; of a
   * committed one: as stored; of a remote one: what the layer holds on this disk.
   *
   * @throws NOT_FOUND
   */
  usage(name: string, options?: CallOptions): Promise<Usage>;

  /**
   * How to mount an active snapshot or a view. May be called any number of times.
   *
   * @throws NOT_FOUND; FAILED_PRECONDITION for a committed snapshot; UNAVAILABLE if a remote layer below is
   *   not to be had now.
   */
  mounts(key: string, options?: CallOptions): Promise<readonly Mount[]>;

  /**
   * Makes an active snapshot on top of `parent` ('' for none) and says how to mount it.
   *
   * With `TARGET_LABEL` among the labels, first tries to provide the target as a remote snapshot: if that
   * succeeds, it is committed under the target's name, the key is free again, and the call rejects with
   * ALREADY_EXISTS, which the caller takes for success. (Where a snapshot with another parent has that name,
   * it is `<target>#<id>`: callers find it by its label and its parent.)
   *
   * @throws ALREADY_EXISTS; NOT_FOUND and INVALID_ARGUMENT for the parent; UNAVAILABLE as `mounts`.
   */
  prepare(key: string, parent: string, labels: Labels, options?: CallOptions): Promise<readonly Mount[]>;

  /** As `prepare`, but read-only, and never remote. */
  view(key: string, parent: string, labels: Labels, options?: CallOptions): Promise<readonly Mount[]>;

  /**
   * Turns an active snapshot into the committed snapshot `name`, with these labels instead of its own.
   * The key is gone afterwards.
   *
   * @param options.parent where `key` has no parent: the parent to be (containerd 2.2's rebase)
   * @throws NOT_FOUND; ALREADY_EXISTS; FAILED_PRECONDITION if `key` is not active or the parent not committed;
   *   INVALID_ARGUMENT if `key` has another parent already.
   */
  commit(
    name: string,
    key: string,
    labels: Labels,
    options?: CallOptions & { parent?: string },
  ): Promise<void>;

  /**
   * Forgets a snapshot; its space is freed now or soon afterwards.
   *
   * @throws NOT_FOUND; FAILED_PRECONDITION if it has children.
   */
  remove(name: string, options?: CallOptions): Promise<void>;

  /**
   * All snapshots that match any of the filters (all snapshots, if there is none), oldest first, in batches.
   * Nothing is locked between batches: a snapshot made or removed meanwhile may or may not be seen.
   *
   * @throws INVALID_ARGUMENT for a filter that does not parse.
   */
  list(filters: readonly string[], options?: CallOptions): AsyncIterable<readonly SnapshotInfo[]>;

  /** Frees what removed snapshots left behind, and directories that no snapshot owns. */
  cleanup(options?: CallOptions): Promise<void>;

  /** Stops: waits for work under way. Deletes nothing that a snapshot owns. */
  close(): Promise<void>;
}
