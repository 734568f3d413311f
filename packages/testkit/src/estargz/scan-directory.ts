import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { LayerFile, LayerFileMeta } from './layer-file.ts';

/**
 * Describes a directory on disk as the entries of a layer: parents before children, names sorted, second names of
 * a file as hard links. Sockets, devices and attributes are left out.
 */
export function scanDirectory(root: string): LayerFile[] {
  const files: LayerFile[] = [];
  const firstNames = new Map<string, string>();
  const visit = (directory: string) => {
    for (const base of readdirSync(join(root, directory)).sort()) {
      const name = directory ? `${directory}/${base}` : base;
      const stats = lstatSync(join(root, name));
      const file = describe(root, { name, stats, firstNames });
      if (file) files.push(file);
      if (stats.isDirectory()) visit(name);
    }
  };
  visit('');
  return files;
}

function describe(
  root: string,
  found: { name: string; stats: Stats; firstNames: Map<string, string> },
): LayerFile | undefined {
  const { name, stats, firstNames } = found;
  const meta: LayerFileMeta = {
    name: stats.isDirectory() ? `${name}/` : name,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    mtimeSec: Math.floor(stats.mtimeMs / 1000),
  };
  if (stats.isDirectory()) return { ...meta, type: 'dir' };
  if (stats.isSymbolicLink()) return { ...meta, type: 'symlink', target: readlinkSync(join(root, name)) };
  if (stats.isFIFO()) return { ...meta, type: 'fifo' };
  if (!stats.isFile()) return undefined;
  const inode = `${stats.dev}:${stats.ino}`;
  const target = firstNames.get(inode);
  if (target !== undefined) return { ...meta, type: 'hardlink', target };
  if (stats.nlink > 1) firstNames.set(inode, name);
  return { ...meta, type: 'reg', content: { path: join(root, name), sizeBytes: stats.size } };
}
