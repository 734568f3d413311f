import type { NotLazyReason, SnapshotKind } from '@sluice/snapshotter-core';
import type { Database } from 'better-sqlite3';
import { ROW_COLUMNS, ROW_TABLES, type SnapshotRow } from './snapshot-row.ts';

/** Times in nanoseconds, as bigints. */
export interface InsertValues {
  readonly name: string;
  readonly parentId: number | null;
  readonly kind: SnapshotKind;
  readonly labels: string;
  readonly target: string | null;
  readonly createdNs: bigint;
}

export interface CommitValues {
  readonly id: number;
  readonly name: string;
  readonly parentId: number | null;
  readonly labels: string;
  readonly target: string | null;
  readonly committedNs: bigint;
  readonly remote: 0 | 1;
  readonly notLazy: NotLazyReason | null;
  readonly sizeBytes: number;
  readonly inodes: number;
}

export interface UpdateValues {
  readonly id: number;
  readonly labels: string;
  readonly target: string | null;
  readonly updatedNs: bigint;
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Every statement that the store runs, compiled once. */
export function prepareStatements(database: Database) {
  const rows = <Parameters extends unknown[]>(condition: string) =>
    database
      .prepare<Parameters, SnapshotRow>(`SELECT ${ROW_COLUMNS} FROM ${ROW_TABLES} ${condition}`)
      .raw()
      .safeIntegers();
  return {
    byName: rows<[name: string]>('WHERE s.name = ?'),
    byTarget: rows<[target: string, parentId: number | null]>(
      'WHERE s.target = ? AND s.parent_id IS ? ORDER BY s.id',
    ),
    page: rows<[afterId: number, limit: number]>('WHERE s.id > ? ORDER BY s.id LIMIT ?'),
    pageIds: database
      .prepare<[afterId: number, limit: number], number>(
        'SELECT id FROM snapshots WHERE id > ? ORDER BY id LIMIT ?',
      )
      .pluck(),
    idOf: database.prepare<[name: string], number>('SELECT id FROM snapshots WHERE name = ?').pluck(),
    ids: database.prepare<[], number>('SELECT id FROM snapshots').pluck(),
    child: database
      .prepare<[name: string], number>(
        `SELECT 1 FROM snapshots WHERE parent_id = (SELECT id FROM snapshots WHERE name = ?) LIMIT 1`,
      )
      .pluck(),
    chain: database
      .prepare<[name: string], [id: number, name: string, remote: number]>(
        `WITH RECURSIVE chain (id, name, remote, parent_id, depth) AS (
           SELECT id, name, remote, parent_id, 0 FROM snapshots WHERE name = ?
           UNION ALL
           SELECT s.id, s.name, s.remote, s.parent_id, depth + 1
           FROM chain JOIN snapshots s ON s.id = chain.parent_id
         )
         SELECT id, name, remote FROM chain ORDER BY depth`,
      )
      .raw(),
    insert: database.prepare<[InsertValues]>(
      `INSERT INTO snapshots (name, parent_id, kind, labels, target, created_ns, updated_ns)
       VALUES (@name, @parentId, @kind, @labels, @target, @createdNs, @createdNs)`,
    ),
    commit: database.prepare<[CommitValues]>(
      `UPDATE snapshots SET name = @name, parent_id = @parentId, kind = 'committed', labels = @labels,
         target = @target, created_ns = @committedNs, updated_ns = @committedNs, remote = @remote,
         not_lazy = @notLazy, size_bytes = @sizeBytes, inodes = @inodes
       WHERE id = @id`,
    ),
    update: database.prepare<[UpdateValues]>(
      `UPDATE snapshots SET labels = @labels, target = @target, updated_ns = @updatedNs,
         layer_labels = CASE remote WHEN 1 THEN coalesce(layer_labels, labels) END
       WHERE id = @id`,
    ),
    remove: database.prepare<[id: number]>('DELETE FROM snapshots WHERE id = ?'),
  };
}
