import {
  type ChainLink,
  type CommittedSnapshot,
  type Labels,
  type NewSnapshot,
  type SnapshotRecord,
  SnapshotterError,
  TARGET_LABEL,
  type WriteTx,
} from '@sluice/snapshotter-core';
import { RecentlyUsed } from './recently-used.ts';
import { toRecord } from './snapshot-row.ts';
import type { Statements } from './statements.ts';

/** Records have about a kilobyte; a chain has a few for each of up to 128 layers. */
const RECORDS_KEPT = 1000;
const CHAINS_KEPT = 100;

/**
 * The look-ups and changes of a transaction; whoever has it begins and ends the transaction, and says so if it is undone.
 */
export class SqliteTx implements WriteTx {
  private readonly statements: Statements;
  /** As they are in the database, which nobody else changes. */
  private readonly records = new RecentlyUsed<SnapshotRecord>(RECORDS_KEPT);
  /** What a snapshot stands on stays as it is as long as the snapshot is there, and is not committed anew. */
  private readonly chains = new RecentlyUsed<readonly ChainLink[]>(CHAINS_KEPT);

  constructor(statements: Statements) {
    this.statements = statements;
  }

  /** The transaction was undone: what was seen in it is not true. */
  undone(): void {
    this.records.clear();
    this.chains.clear();
  }

  get(name: string): SnapshotRecord | undefined {
    return this.records.get(name, () => {
      const row = this.statements.byName.get(name);
      return row && toRecord(row);
    });
  }

  chain(name: string): readonly ChainLink[] {
    const chain = this.chains.get(name, () => {
      const links = this.statements.chain.all(name);
      return links.length === 0
        ? undefined
        : links.map(([id, link, remote]) => ({ id, name: link, remote: remote !== 0 }));
    });
    return chain ?? [];
  }

  withTarget(target: string, parent: string): readonly SnapshotRecord[] {
    const parentId = parent === '' ? null : this.statements.idOf.get(parent);
    return parentId === undefined ? [] : this.statements.byTarget.all(target, parentId).map(toRecord);
  }

  hasChildren(name: string): boolean {
    return this.statements.child.get(name) !== undefined;
  }

  page(afterId: number, limit: number): readonly SnapshotRecord[] {
    return this.statements.page.all(afterId, limit).map(toRecord);
  }

  ids(): ReadonlySet<number> {
    return new Set(this.statements.ids.all());
  }

  create(snapshot: NewSnapshot): SnapshotRecord {
    const { name, parent, kind, labels, createdNs } = snapshot;
    this.refuseTaken(name);
    const { lastInsertRowid } = this.statements.insert.run({
      name,
      parentId: this.parentId(parent),
      kind,
      ...labelColumns(labels),
      createdNs,
    });
    const id = Number(lastInsertRowid);
    const updatedNs = createdNs;
    // It is asked for when it is committed, soon.
    return this.records.get(name, () => ({
      id,
      name,
      parent,
      kind,
      labels: { ...labels },
      createdNs,
      updatedNs,
      remote: false,
    }));
  }

  commit(key: string, committed: CommittedSnapshot): SnapshotRecord {
    const { name, parent, labels, usage, remote, notLazy, committedNs } = committed;
    const id = this.get(key)?.id;
    if (id === undefined) throw notFound(key);
    this.refuseTaken(name);
    this.changed(key);
    this.statements.commit.run({
      id,
      name,
      parentId: this.parentId(parent),
      ...labelColumns(labels),
      committedNs,
      remote: remote ? 1 : 0,
      notLazy: notLazy ?? null,
      ...usage,
    });
    return this.records.get(name, () => ({
      id,
      name,
      parent,
      kind: 'committed',
      labels: { ...labels },
      createdNs: committedNs,
      updatedNs: committedNs,
      remote,
      ...(notLazy !== undefined && { notLazy }),
      usage,
    }));
  }

  update(name: string, labels: Labels, updatedNs: bigint): SnapshotRecord {
    this.changed(name);
    this.statements.update.run({ id: this.requireId(name), ...labelColumns(labels), updatedNs });
    return this.get(name)!;
  }

  remove(name: string): SnapshotRecord {
    const record = this.get(name);
    if (!record) throw notFound(name);
    this.changed(name);
    this.statements.remove.run(record.id);
    return record;
  }

  private changed(name: string): void {
    this.records.delete(name);
    this.chains.delete(name);
  }

  private parentId(parent: string): number | null {
    return parent === '' ? null : this.requireId(parent);
  }

  private requireId(name: string): number {
    const id = this.statements.idOf.get(name);
    if (id === undefined) throw notFound(name);
    return id;
  }

  private refuseTaken(name: string): void {
    if (this.statements.idOf.get(name) === undefined) return;
    throw new SnapshotterError('ALREADY_EXISTS', `snapshot ${name} exists already`);
  }
}

function labelColumns(labels: Labels): { labels: string; target: string | null } {
  return { labels: JSON.stringify(labels), target: labels[TARGET_LABEL] ?? null };
}

function notFound(name: string): SnapshotterError {
  return new SnapshotterError('NOT_FOUND', `snapshot ${name} does not exist`);
}
