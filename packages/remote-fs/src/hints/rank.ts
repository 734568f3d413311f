/**
 * When a file is expected to be read, compared with others. Programs go through what they name one after another, and
 * with each through what that names: depth first.
 * ```
 *   [30]         read as the 30th file
 *   [30, 2]      named third by that
 *   [30, 2, 0]   named first by the one before: read before [30, 3]
 *   [31, 0]      named by what was read later: the reader is there now, so it comes first
 * ```
 */
export type Rank = readonly number[];

/** Negative if a file of rank `a` is expected before one of rank `b`. */
export function compareRanks(a: Rank, b: Rank): number {
  if (a[0] !== b[0]) return b[0]! - a[0]!;
  const length = Math.min(a.length, b.length);
  for (let at = 1; at < length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
