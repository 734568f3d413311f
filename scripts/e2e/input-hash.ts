import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * A short name for what something is made of: the names and contents of files, of directories with all that is in
 * them, and texts. Where they lie does not matter.
 */
export function inputHash(inputs: { paths: readonly string[]; texts: readonly string[] }): string {
  const hash = createHash('sha256');
  for (const text of inputs.texts) hash.update(`${text}\0`);
  for (const path of inputs.paths) add(path, hash);
  return hash.digest('hex').slice(0, 16);
}

function add(path: string, hash: Hash): void {
  hash.update(`${basename(path)}\0`);
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) add(join(path, name), hash);
  } else {
    const content = readFileSync(path);
    hash.update(`${content.length}\0`).update(content);
  }
}
