import { SnapshotterError } from '../snapshotter-error.ts';

/** A filter that does not parse: INVALID_ARGUMENT, with the place. */
export function filterError(filter: string, at: number, problem: string): SnapshotterError {
  const place = at < filter.length ? `at ${JSON.stringify(filter.slice(at, at + 20))}` : 'at the end';
  return new SnapshotterError(
    'INVALID_ARGUMENT',
    `filter ${JSON.stringify(filter.slice(0, 200))}: ${problem} ${place} (position ${at})`,
  );
}
