import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltTree } from './build-tree.ts';

/** The file of a complete content, by its number; makes the directory that it belongs in. */
export function contentPath({ content, digests }: BuiltTree, number: number): string {
  const digest = digests[number]!;
  const path = join(content.directory, digest.slice(0, 2), digest);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
