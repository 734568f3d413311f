import type { Logger } from '@sluice/snapshotter-core';

/** Runs jobs in the background, a few at a time; a job that fails is logged and dropped. */
export interface CompletionQueue {
  add(job: () => Promise<void>): void;
  /** Resolves when everything is done or `timeoutMs` have passed; what has not begun by then never will. */
  drain(timeoutMs: number): Promise<void>;
}

export function createCompletionQueue(
  deps: { logger: Logger },
  options: { concurrency: number },
): CompletionQueue {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let onIdle = () => {};

  const next = () => {
    if (running === 0 && waiting.length === 0) onIdle();
    while (running < options.concurrency && waiting.length > 0) void run(waiting.shift()!);
  };
  const run = async (job: () => Promise<void>) => {
    running++;
    try {
      await job();
    } catch (err) {
      deps.logger.warn({ err }, 'a content could not be made permanent: it stays partial');
    }
    running--;
    next();
  };

  return {
    add(job) {
      waiting.push(job);
      next();
    },
    async drain(timeoutMs) {
      const late = setTimeout(() => waiting.splice(0), timeoutMs);
      await new Promise<void>((resolve) => {
        onIdle = resolve;
        next();
      });
      clearTimeout(late);
    },
  };
}
