import { randomInt } from 'node:crypto';
import { statSync, utimesSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { sealOf } from '@sluice/fuse';

/**
 * When complete contents of an earlier process are compared with their digests again before they are used:
 * - `changed`: those whose files were changed, cut or exchanged since they were completed, by their seal;
 * - `always`: each, when it is first used after a start. Finds what the disk has damaged, and reads everything once more.
 */
export type ReverifyContents = 'changed' | 'always';

/** The same in every process. */
const lastingSalt = 0x5ea1;
const probedMicroseconds = 234_567;

/**
 * The salt of the seals of complete files (see content-seal.ts of `@sluice/fuse`); undefined where the file system keeps
 * times less exactly than microseconds, so that there are no seals.
 *
 * @param directory an existing one, whose own times are changed
 */
export function chooseSealSalt(directory: string, reverify: ReverifyContents): number | undefined {
  const second = Math.floor(Date.now() / 1000);
  utimesSync(directory, second, second + probedMicroseconds / 1e6);
  const kept = Math.round((statSync(directory).mtimeMs % 1000) * 1000);
  if (kept !== probedMicroseconds) return undefined;
  // Seals of earlier processes are all broken then.
  return reverify === 'always' ? randomInt(2 ** 32) : lastingSalt;
}

/** Gives a file the time of now, with its seal. */
export async function sealFile(path: string, name: Uint8Array, salt: number): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await utimes(path, second, second + sealOf(name, salt) / 1e6);
}
