import { open } from 'node:fs/promises';
import { syncfs } from '@sluice/linux';
import type { Logger } from '@sluice/snapshotter-core';

/** A content of which every chunk is in its partial file. */
export interface Completion {
  /** Says that its turn has come. @returns false if it is not wanted any more */
  begin(): boolean;
  /** Synchronises its bytes to the disk. */
  sync(): Promise<void>;
  /** Gives the synchronised file its final name. */
  finish(): Promise<void>;
  /** Says that one of them has failed. */
  failed(): void;
}

/**
 * Makes complete contents permanent, in the background and many at a time: synchronising a thousand small files one
 * by one takes the disk seconds, and as long the threads that readers wait for. What fails is logged and stays partial.
 */
export interface CompletionQueue {
  add(completion: Completion): void;
  /** Does the rest without waiting for quiet; gives up what has not begun after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

export interface CompletionQueueOptions {
  /** Where the files are. */
  readonly directory: string;
  /** Resolves when nobody waits for the disk. Default: at once. */
  readonly whenQuiet?: () => Promise<void>;
}

const batchSize = 2048;
/** From so many files on, synchronising the whole file system is less work. */
const manyFiles = 16;

export function createCompletionQueue(
  deps: { logger: Logger },
  options: CompletionQueueOptions,
): CompletionQueue {
  const waiting: Completion[] = [];
  const draining = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;

  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (err) {
      deps.logger.warn({ err }, 'a content could not be made permanent: it stays partial');
      return false;
    }
  };

  const completeBatch = async (batch: readonly Completion[]) => {
    if (batch.length >= manyFiles && !(await attempt(() => syncAll(options.directory)))) {
      for (const { failed } of batch) failed();
      return;
    }
    for (const { sync, finish, failed } of batch) {
      const done = await attempt(async () => {
        if (batch.length < manyFiles) await sync();
        await finish();
      });
      if (!done) failed();
    }
  };

  const run = async () => {
    while (waiting.length > 0) {
      await Promise.race([options.whenQuiet?.().catch(() => {}), draining.promise]);
      await completeBatch(waiting.splice(0, batchSize).filter((completion) => completion.begin()));
    }
    running = undefined;
  };

  return {
    add(completion) {
      waiting.push(completion);
      running ??= run();
    },
    async drain(timeoutMs) {
      draining.resolve();
      const late = setTimeout(() => waiting.splice(0), timeoutMs);
      await running;
      clearTimeout(late);
    },
  };
}

async function syncAll(directory: string): Promise<void> {
  await using opened = await open(directory, 'r');
  await syncfs(opened.fd);
}
