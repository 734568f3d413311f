import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from './cli-error.ts';

/**
 * Writes a file that only its owner can read. It takes its name at the end, in one step, durably; until then it is
 * `<path>.partial`.
 *
 * @param options.replaces whether a file of that name may be replaced
 * @param fill writes the content; what it throws, this rejects with, and then nothing has changed
 * @returns the file's size in bytes
 * @throws CliError FILE_FAILED; USAGE if there is a file of that name and it may not be replaced
 */
export async function writeNewFile(
  path: string,
  options: { readonly replaces: boolean },
  fill: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<number> {
  if (!options.replaces && existsSync(path)) {
    throw new CliError('USAGE', `${path} exists already: choose another name, or say --force to replace it`);
  }
  const partial = `${path}.partial`;
  const doing = <T>(work: Promise<T>) => work.catch((cause: Error) => Promise.reject(failed(path, cause)));
  await using file = await doing(open(partial, 'w', 0o600));
  try {
    await fill(async (bytes) => void (await doing(file.writeFile(bytes))));
    const { size } = await doing(file.stat());
    await doing(settle(file, partial, path));
    return size;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function settle(file: FileHandle, partial: string, path: string): Promise<void> {
  await file.sync();
  await rename(partial, path);
  await using directory = await open(dirname(path));
  await directory.sync();
}

function failed(path: string, cause: Error): CliError {
  return new CliError('FILE_FAILED', `cannot write ${path}: ${cause.message}`, { cause });
}
