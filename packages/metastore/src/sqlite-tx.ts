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
import { RecordCache } from './record-cache.ts';
import { type SnapshotRow, toRecord } from './snapshot-row.ts';
import type { Statements } from './statements.ts';

/** Ten thousand snapshots with labels as CRI sets them. */
const RECORDS_KEPT_BYTES = 24 * 1024 * 1024;
/** A chain has a few kilobytes, for up to 128 layers. */
const CHAINS_KEPT = 100;

/**
 * The look-ups and changes of a transaction; whoever has it begins and ends the transaction, and says so if it is undone.
 */
export class SqliteTx implements WriteTx {
  private readonly statements: Statements;
  /** As they are in the database, which nobody else changes. */
  private readonly records = new RecordCache(RECORDS_KEPT_BYTES);
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
    const known = this.records.get(name);
    if (known) return known;
    const row = this.statements.byName.get(name);
    return row && this.records.keep(toRecord(row));
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
    const ids = this.statements.pageIds.all(afterId, limit);
    const known = ids.map((id) => this.records.withId(id)).filter((record) => record !== undefined);
    if (known.length === ids.length) return known;
    return this.statements.page.all(afterId, limit).map((row) => this.ofRow(row));
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
    return this.records.keep({
      id,
      name,
      parent,
      kind,
      labels: { ...labels },
      createdNs,
      updatedNs,
      remote: false,
    });
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
    return this.records.keep({
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
    });
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

  private ofRow(row: SnapshotRow): SnapshotRecord {
    return this.records.withId(Number(row[0])) ?? this.records.keepIfRoom(toRecord(row));
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
