import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Nests directories deeper than a path can name, as a container can with relative paths: by pushing the chain
 * that is there into a new directory, again and again.
 *
 * @returns the number of directories made
 */
export function nestDeeply(
  top: string,
  { levels, nameBytes }: { readonly levels: number; readonly nameBytes: number },
): number {
  const name = 'n'.repeat(nameBytes);
  const chain = join(top, name);
  mkdirSync(chain);
  for (let level = 1; level < levels; level += 1) {
    const outer = join(top, 'outer');
    mkdirSync(outer);
    renameSync(chain, join(outer, name));
    renameSync(outer, chain);
  }
  return levels;
}
