import { statfsSync } from 'node:fs';
import type { Logger } from '@sluice/snapshotter-core';

/**
 * Writes to a disk that may not take it, because it is full or broken. That is told once, and never an error of who reads:
 * the bytes are in memory.
 */
export interface DiskWriter {
  /**
   * Writes; where the disk is full, makes room and writes once more.
   *
   * @param sizeBytes how much it is
   * @param write may be called again after it has failed in the middle
   * @returns false if the disk does not take it
   * @throws what `write` throws, unless it is an error of the system
   */
  write(sizeBytes: number, write: () => Promise<void>): Promise<boolean>;

  /** What is wrong with the disk now, in a sentence that says what to do; undefined if nothing is known to be. */
  problem(): string | undefined;
}

export interface DiskWriterDeps {
  readonly logger: Logger;
  /** Frees space. @returns bytes freed; 0 if nothing can be freed */
  makeRoom(): Promise<number>;
}

/** From the first write that the disk did not take until it takes one as large. */
interface Trouble {
  readonly message: string;
  readonly isFull: boolean;
  largestBytes: number;
}

/** Others may take what one has freed. */
const maxAttempts = 4;
const logEveryMs = 60_000;

/** @param options.directory what is written lies below it */
export function createDiskWriter(
  deps: DiskWriterDeps,
  { directory }: { readonly directory: string },
): DiskWriter {
  let trouble: Trouble | undefined;
  let loggedAtMs = -logEveryMs;

  const refuse = (error: NodeJS.ErrnoException, sizeBytes: number) => {
    if (trouble) trouble.largestBytes = Math.max(trouble.largestBytes, sizeBytes);
    if (trouble) return;
    trouble = { message: messageOf(error, directory), isFull: isFull(error), largestBytes: sizeBytes };
    const now = performance.now();
    if (now - loggedAtMs < logEveryMs) return;
    loggedAtMs = now;
    deps.logger.error({ err: error, directory }, trouble.message);
  };

  const recover = () => {
    trouble = undefined;
    deps.logger.info({ directory }, 'contents are stored again');
  };

  const hasSpaceFor = (sizeBytes: number): boolean => {
    const { bfree, bsize } = statfsSync(directory);
    return bfree * bsize > 2 * sizeBytes;
  };

  const attempt = async (write: () => Promise<void>): Promise<NodeJS.ErrnoException | undefined> => {
    for (let left = maxAttempts; ; ) {
      try {
        await write();
        return undefined;
      } catch (error) {
        if (!isOfSystem(error)) throw error;
        if (!isFull(error) || --left === 0 || (await deps.makeRoom()) === 0) return error;
      }
    }
  };

  return {
    async write(sizeBytes, write) {
      const error = await attempt(write);
      if (error) refuse(error, sizeBytes);
      // Small ones may find a place where larger ones do not.
      else if (trouble && (!trouble.isFull || sizeBytes >= trouble.largestBytes)) recover();
      return !error;
    },
    problem() {
      if (trouble?.isFull && hasSpaceFor(trouble.largestBytes)) recover();
      return trouble?.message;
    },
  };
}

function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function isFull({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function messageOf(error: NodeJS.ErrnoException, directory: string): string {
  const meanwhile = 'what containers read is fetched, and not kept';
  return isFull(error)
    ? `the disk with ${directory} is full, and no content can be removed that is not in use: ${meanwhile}. Free some space on it`
    : `the disk with ${directory} cannot be written to (${error.code}): ${meanwhile}. Look for its errors in the kernel's log`;
}
