import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/**
 * What a layer has to hold to make one tree of another: paths of `full` that are not, or not the same, in `base`, with
 * all directories above them; sorted, without a slash at the front. What `full` lacks is not looked for.
 */
export function changedPaths(base: string, full: string, below = ''): string[] {
  const names = readdirSync(join(full, below)).sort();
  return names.flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(full, path));
    const same = isSame(join(base, path), join(full, path), stats);
    if (!stats.isDirectory()) return same ? [] : [path];
    const inside = changedPaths(base, full, path);
    return same && inside.length === 0 ? [] : [path, ...inside];
  });
}

function isSame(base: string, full: string, stats: Stats): boolean {
  const other = lstatSync(base, { throwIfNoEntry: false });
  if (!other || other.mode !== stats.mode || other.uid !== stats.uid || other.gid !== stats.gid) return false;
  if (stats.isDirectory()) return true;
  if (stats.isSymbolicLink()) return readlinkSync(base) === readlinkSync(full);
  if (!stats.isFile()) return other.rdev === stats.rdev;
  return other.size === stats.size && readFileSync(base).equals(readFileSync(full));
}
