import {
  type ChainLink,
  type CommittedSnapshot,
  type Labels,
  type MetaStore,
  type NewSnapshot,
  type NotPromise,
  type ReadTx,
  type SnapshotRecord,
  SnapshotterError,
  TARGET_LABEL,
  type WriteTx,
} from '@sluice/snapshotter-core';
import type { Intercept } from './intercept.ts';

/** What outlives a store: give it to the next one to play a restart. */
export interface MemoryMetaData {
  readonly records: Map<string, SnapshotRecord>;
  lastId: number;
}

export function createMemoryMetaData(): MemoryMetaData {
  return { records: new Map(), lastId: 0 };
}

/** A `MetaStore` in memory. Writes end in a later turn, as those of a disk do. */
export function createMemoryMetaStore(
  data: MemoryMetaData = createMemoryMetaData(),
  intercept: Intercept = () => undefined,
): MetaStore {
  let last: Promise<unknown> = Promise.resolve();
  let isDisposed = false;
  const transact = <T>(fn: (tx: WriteTx) => NotPromise<T>): T => {
    if (isDisposed) throw new Error('the store is closed');
    const tx = new MemoryTx(data);
    try {
      return fn(tx);
    } catch (error) {
      tx.undo();
      throw error;
    }
  };
  return {
    read: (fn) => transact((tx) => fn(tx)),
    write: (fn) => {
      const written = last.then(async () => {
        await intercept('meta.write');
        return transact(fn);
      });
      last = written.catch(() => undefined);
      return written;
    },
    [Symbol.dispose]() {
      isDisposed = true;
    },
  };
}

class MemoryTx implements ReadTx, WriteTx {
  private readonly data: MemoryMetaData;
  private readonly undos: (() => void)[] = [];

  constructor(data: MemoryMetaData) {
    this.data = data;
  }

  get(name: string): SnapshotRecord | undefined {
    return this.data.records.get(name);
  }

  chain(name: string): readonly ChainLink[] {
    const links: ChainLink[] = [];
    for (let record = this.get(name); record; record = this.get(record.parent)) {
      links.push({ id: record.id, name: record.name, remote: record.remote });
    }
    return links;
  }

  withTarget(target: string, parent: string): readonly SnapshotRecord[] {
    return this.byId().filter((it) => it.labels[TARGET_LABEL] === target && it.parent === parent);
  }

  hasChildren(name: string): boolean {
    return this.byId().some(({ parent }) => parent === name);
  }

  page(afterId: number, limit: number): readonly SnapshotRecord[] {
    return this.byId()
      .filter(({ id }) => id > afterId)
      .slice(0, limit);
  }

  ids(): ReadonlySet<number> {
    return new Set(this.byId().map(({ id }) => id));
  }

  create({ name, parent, kind, labels, createdNs }: NewSnapshot): SnapshotRecord {
    this.refuseTaken(name);
    const id = ++this.data.lastId;
    const record = { id, name, parent, kind, labels, createdNs, updatedNs: createdNs, remote: false };
    this.put(record);
    return record;
  }

  commit(key: string, committed: CommittedSnapshot): SnapshotRecord {
    const { id } = this.require(key);
    this.refuseTaken(committed.name);
    const { committedNs, notLazy, ...rest } = committed;
    const times = { createdNs: committedNs, updatedNs: committedNs };
    const record: SnapshotRecord = { id, kind: 'committed', ...rest, ...times, ...(notLazy && { notLazy }) };
    this.take(key);
    this.put(record);
    return record;
  }

  update(name: string, labels: Labels, updatedNs: bigint): SnapshotRecord {
    const before = this.require(name);
    const { layerLabels = before.labels } = before;
    const record = { ...before, labels, updatedNs, ...(before.remote && { layerLabels }) };
    this.put(record);
    return record;
  }

  remove(name: string): SnapshotRecord {
    const record = this.require(name);
    this.take(name);
    return record;
  }

  undo(): void {
    for (const undo of this.undos.reverse()) undo();
  }

  private byId(): SnapshotRecord[] {
    return [...this.data.records.values()].sort((a, b) => a.id - b.id);
  }

  private require(name: string): SnapshotRecord {
    const record = this.get(name);
    if (!record) throw new SnapshotterError('NOT_FOUND', `snapshot ${name} does not exist`);
    return record;
  }

  private refuseTaken(name: string): void {
    if (this.get(name)) throw new SnapshotterError('ALREADY_EXISTS', `snapshot ${name} exists already`);
  }

  private put(record: SnapshotRecord): void {
    const before = this.get(record.name);
    this.data.records.set(record.name, record);
    this.undos.push(() => {
      if (before) this.data.records.set(record.name, before);
      else this.data.records.delete(record.name);
    });
  }

  private take(name: string): void {
    const before = this.require(name);
    this.data.records.delete(name);
    this.undos.push(() => this.data.records.set(name, before));
  }
}
