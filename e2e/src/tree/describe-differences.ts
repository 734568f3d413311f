import type { TreeEntry } from './tree-entry.ts';

const SHOWN = 40;

/** How a tree differs from what it should be: a line a path, the first few of them; none if both are the same. */
export function describeDifferences(
  expected: readonly TreeEntry[],
  seen: readonly TreeEntry[],
): readonly string[] {
  const wanted = new Map(expected.map((entry) => [entry.path, JSON.stringify(sorted(entry))]));
  const found = new Map(seen.map((entry) => [entry.path, JSON.stringify(sorted(entry))]));
  const lines = [
    ...[...wanted].flatMap(([path, text]) => {
      const other = found.get(path);
      return other === text ? [] : [`${path}: ${other ?? 'missing'} instead of ${text}`];
    }),
    ...[...found].flatMap(([path, text]) => (wanted.has(path) ? [] : [`${path}: ${text} is too much`])),
  ];
  if (lines.length <= SHOWN) return lines;
  return [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`];
}

/** Attributes have no order. */
function sorted({ attributes, ...entry }: TreeEntry): object {
  const own = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const keys = Object.keys(entry).sort() as (keyof typeof entry)[];
  return { ...Object.fromEntries(keys.map((key) => [key, entry[key]])), attributes: own };
}
