import type { Profile, ProfileRow } from '@sluice/admin-api';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { type Column, formatTable } from './format-table.ts';
import { printable } from './printable.ts';
import { shortenDigests } from './shorten-digests.ts';

export interface ProfileTableOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether digests are shown whole. */
  readonly isFull: boolean;
}

const columns: readonly Column[] = [
  { title: 'LAYERS', isNumber: true },
  { title: 'RANGES', isNumber: true },
  { title: 'SIZE', isNumber: true },
  { title: 'AGE', isNumber: true },
  { title: 'IMAGE' },
  { title: 'REFERENCE' },
];

/** `sluice profile ls` for people. */
export function profileTable(profiles: readonly ProfileRow[], options: ProfileTableOptions): string {
  const text = (raw: string) => printable(options.isFull ? raw : shortenDigests(raw));
  const rows = profiles.map(({ image, reference, recordedAt, layers, ranges, sizeBytes }) => [
    String(layers),
    String(ranges),
    formatBytes(sizeBytes),
    formatDuration((options.nowMs - Date.parse(recordedAt)) / 1000),
    text(image),
    text(reference),
  ]);
  return formatTable(columns, rows);
}

const rangeColumns: readonly Column[] = [
  { title: 'OFFSET', isNumber: true },
  { title: 'BYTES', isNumber: true },
  { title: 'LAYER' },
];

/** `sluice profile show` for people: of each layer, the ranges in the order of the reads. */
export function rangeTable({ image, reference, recordedAt, layers }: Profile): string {
  const about = `${printable(reference)} (${printable(image)}), learned ${printable(recordedAt)}`;
  const rows = Object.entries(layers).flatMap(([layer, ranges]) =>
    ranges.map(([offset, length]) => [String(offset), String(length), printable(shortenDigests(layer))]),
  );
  return `${about}\n${formatTable(rangeColumns, rows)}`;
}
