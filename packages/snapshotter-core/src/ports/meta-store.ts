import type { Labels } from '../labels.ts';
import type { NotLazyReason } from '../not-lazy-error.ts';
import type { SnapshotKind } from '../snapshot-kind.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import type { Usage } from '../usage.ts';

/** Forbids a promise where a transaction's function must be synchronous. */
export type NotPromise<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * Where snapshots are recorded. The one truth about which snapshots exist; directories only follow it.
 *
 * Transactions are synchronous functions: they see a consistent state, and nothing else runs between their
 * first and last call. They must not do I/O of their own, and must throw rather than leave a change half made.
 */
export interface MetaStore extends Disposable {
  /**
   * Runs `fn` on a consistent view of the store and returns its result.
   *
   * @throws whatever `fn` throws.
   */
  read<T>(fn: (tx: ReadTx) => NotPromise<T>): T;

  /**
   * Runs `fn` in a transaction of its own and resolves, with its result, once the change is durable: it
   * survives kill -9 and power loss from then on. Writers that arrive together may share one flush to disk,
   * but each one's change is all or nothing, and they run in the order of their calls.
   *
   * If `fn` throws, its change (and only its change) is undone and the promise rejects with that error.
   */
  write<T>(fn: (tx: WriteTx) => NotPromise<T>): Promise<T>;
}

/** Look-ups. None of them throws for what is missing. */
export interface ReadTx {
  /** The snapshot of that key or name. */
  get(name: string): SnapshotRecord | undefined;

  /** The snapshot and all its ancestors, itself first, the base last; empty where there is no such snapshot. */
  chain(name: string): readonly ChainLink[];

  /**
   * The snapshots of any kind with `TARGET_LABEL` = `target` and exactly this parent, by ascending id; answered
   * from an index.
   */
  withTarget(target: string, parent: string): readonly SnapshotRecord[];

  hasChildren(name: string): boolean;

  /**
   * Up to `limit` snapshots with an id above `afterId`, by ascending id. Start with 0, and go on with the last
   * id seen: a walk in pages that holds no lock in between.
   */
  page(afterId: number, limit: number): readonly SnapshotRecord[];

  /** The ids of all snapshots. */
  ids(): ReadonlySet<number>;
}

/** As much of a snapshot as stacking it needs: chains are long, and read whenever something is mounted. */
export type ChainLink = Pick<SnapshotRecord, 'id' | 'name' | 'remote'>;

/** Changes. Names, parents and kinds are checked by the caller in the same transaction, unless said otherwise. */
export interface WriteTx extends ReadTx {
  /**
   * Adds a snapshot under a new id and returns it.
   *
   * @throws SnapshotterError ALREADY_EXISTS if the name is taken.
   */
  create(snapshot: NewSnapshot): SnapshotRecord;

  /**
   * Turns the active snapshot `key` into the committed one `name`: same id, all else as given.
   *
   * @throws SnapshotterError ALREADY_EXISTS if `name` is taken, NOT_FOUND if there is no `key`.
   */
  commit(key: string, committed: CommittedSnapshot): SnapshotRecord;

  /**
   * Replaces labels and the time of the last change. A remote snapshot keeps those that it was committed with as
   * `layerLabels`.
   *
   * @throws SnapshotterError NOT_FOUND
   */
  update(name: string, labels: Labels, updatedNs: bigint): SnapshotRecord;

  /** Forgets the snapshot and returns what it was. @throws SnapshotterError NOT_FOUND */
  remove(name: string): SnapshotRecord;
}

export interface NewSnapshot {
  readonly name: string;
  readonly parent: string;
  readonly kind: SnapshotKind;
  readonly labels: Labels;
  /** Becomes both times. */
  readonly createdNs: bigint;
}

export interface CommittedSnapshot {
  readonly name: string;
  /** The parent from now on: differs from the active snapshot's in a rebase. */
  readonly parent: string;
  readonly labels: Labels;
  readonly usage: Usage;
  /** Whether its content is a lazily mounted layer. */
  readonly remote: boolean;
  /** Why not, if a lazy mount was asked for in vain. */
  readonly notLazy?: NotLazyReason | undefined;
  /** Becomes both times. */
  readonly committedNs: bigint;
}
