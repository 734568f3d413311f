import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A short name for the content of files, of directories with all that is in them, and of texts. */
export function inputHash(inputs: { paths: readonly string[]; texts?: readonly string[] }): string {
  const hash = createHash('sha256');
  for (const text of inputs.texts ?? []) hash.update(`${text}\0`);
  for (const path of inputs.paths) add(path, hash);
  return hash.digest('hex').slice(0, 16);
}

function add(path: string, hash: ReturnType<typeof createHash>): void {
  if (!statSync(path).isDirectory()) {
    hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
    return;
  }
  for (const name of readdirSync(path).sort()) add(join(path, name), hash);
}
