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
import { toRecord } from './snapshot-row.ts';
import type { Statements } from './statements.ts';

/** The look-ups and changes of a transaction; whoever has it begins and ends the transaction. */
export class SqliteTx implements WriteTx {
  private readonly statements: Statements;

  constructor(statements: Statements) {
    this.statements = statements;
  }

  get(name: string): SnapshotRecord | undefined {
    const row = this.statements.byName.get(name);
    return row && toRecord(row);
  }

  chain(name: string): readonly ChainLink[] {
    return this.statements.chain
      .all(name)
      .map(([id, link, remote]) => ({ id, name: link, remote: remote !== 0 }));
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
    return { id, name, parent, kind, labels, createdNs, updatedNs: createdNs, remote: false };
  }

  commit(key: string, committed: CommittedSnapshot): SnapshotRecord {
    const { name, parent, labels, usage, remote, notLazy, committedNs } = committed;
    const id = this.requireId(key);
    this.refuseTaken(name);
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
    return this.get(name)!;
  }

  update(name: string, labels: Labels, updatedNs: bigint): SnapshotRecord {
    this.statements.update.run({ id: this.requireId(name), ...labelColumns(labels), updatedNs });
    return this.get(name)!;
  }

  remove(name: string): SnapshotRecord {
    const record = this.get(name);
    if (!record) throw notFound(name);
    this.statements.remove.run(record.id);
    return record;
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
