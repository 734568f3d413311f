import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that is written whole, under a name of its own until it is published. */
export interface StagedFile {
  /** Where its bytes can be read until then; what was opened there stays good. */
  readonly path: string;
  /**
   * Gives it its name, for good: when it resolves, that survives a loss of power. To be called once, whatever comes of the
   * bytes; where it rejects, nothing is left.
   */
  publish(): Promise<void>;
}

/** Writes a file with mode 0600 beside where it is to be; that directory must exist. Nothing is left if it rejects. */
export async function stageFile(target: string, bytes: Uint8Array): Promise<StagedFile> {
  const path = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  const orRemove = async (work: Promise<void>) => {
    await work.catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
  };
  await orRemove(write(path, bytes));
  return { path, publish: () => orRemove(publish(path, target)) };
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
}

async function publish(path: string, target: string): Promise<void> {
  {
    await using file = await open(path, 'r');
    await file.datasync();
  }
  await rename(path, target);
  await using directory = await open(dirname(target), 'r');
  await directory.sync();
}
