import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAttributes } from './list-attributes.ts';
import type { TreeEntry } from './tree-entry.ts';

/** Everything below a directory, itself included, with contents: depth first, names sorted. */
export async function listTree(root: string): Promise<TreeEntry[]> {
  const attributes = await listAttributes(root);
  const firstNames = new Map<bigint, string>();
  const entries: TreeEntry[] = [];
  const pending = ['/'];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const at = join(root, path);
    const stats = lstatSync(at, { bigint: true });
    const own = attributes.get(path);
    entries.push({
      ...(await describe(at, stats)),
      path,
      ...sameAs(path, stats, firstNames),
      ...(own && { attributes: own }),
    });
    if (stats.isDirectory()) {
      // The last one is the next.
      const names = readdirSync(at).sort().reverse();
      pending.push(...names.map((name) => join(path, name)));
    }
  }
  return entries;
}

async function describe(at: string, stats: BigIntStats): Promise<Omit<TreeEntry, 'path'>> {
  const common = {
    mode: (stats.mode & 0o7777n).toString(8),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: String(stats.mtimeNs),
  };
  if (stats.isDirectory()) return { type: 'directory', ...common };
  const linked = { ...common, links: Number(stats.nlink) };
  if (stats.isFile()) {
    const sha256 = createHash('sha256')
      .update(await readFile(at))
      .digest('hex');
    return { type: 'file', ...linked, size: Number(stats.size), sha256 };
  }
  if (stats.isSymbolicLink()) {
    return { type: 'symlink', ...linked, size: Number(stats.size), target: readlinkSync(at) };
  }
  if (stats.isFIFO()) return { type: 'fifo', ...linked };
  if (stats.isSocket()) return { type: 'socket', ...linked };
  const type = stats.isCharacterDevice() ? 'character' : 'block';
  return { type, ...linked, device: Number(stats.rdev) };
}

/** Numbers of inodes differ from one file system to the next; which names share one must not. */
function sameAs(path: string, stats: BigIntStats, firstNames: Map<bigint, string>): { sameAs?: string } {
  if (stats.isDirectory() || stats.nlink < 2n) return {};
  const first = firstNames.get(stats.ino);
  if (first !== undefined) return { sameAs: first };
  firstNames.set(stats.ino, path);
  return {};
}
