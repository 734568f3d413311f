import type { SnapshotRow } from '@sluice/admin-api';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { type Column, formatTable } from './format-table.ts';
import { printable } from './printable.ts';
import { shortenDigests } from './shorten-digests.ts';

const columns: readonly Column[] = [
  { title: 'ID', isNumber: true },
  { title: 'PARENT', isNumber: true },
  { title: 'KIND' },
  { title: 'LAZY' },
  { title: 'HERE' },
  { title: 'AGE', isNumber: true },
  { title: 'NAME' },
  { title: 'REASON' },
];

export interface SnapshotTableOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether digests are shown whole. */
  readonly isFull: boolean;
}

/** `sluice ls` for people. Parents are shown by their id, as `ps` does it. */
export function snapshotTable(snapshots: readonly SnapshotRow[], options: SnapshotTableOptions): string {
  const ids = new Map(snapshots.map(({ name, id }) => [name, String(id)]));
  const text = (raw: string) => printable(options.isFull ? raw : shortenDigests(raw));
  const rows = snapshots.map((row) => [
    String(row.id),
    // A parent may have been made while the list was read.
    row.parent === '' ? '-' : (ids.get(row.parent) ?? text(row.parent)),
    row.kind,
    row.lazy ? 'yes' : 'no',
    bytesHere(row),
    formatDuration((options.nowMs - Date.parse(row.createdAt)) / 1000),
    text(row.name),
    text(row.reason ?? ''),
  ]);
  return formatTable(columns, rows);
}

function bytesHere({ bytesLocal, bytesTotal }: SnapshotRow): string {
  if (bytesLocal === undefined || bytesTotal === undefined) return '-';
  return `${formatBytes(bytesLocal)} of ${formatBytes(bytesTotal)}`;
}
