import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 10 s: the machine may be busy. */
  readonly timeoutMs?: number;
  /** What is waited for, for the message of the error. */
  readonly what: string | (() => string);
}

/** Waits until something is true. @throws if it does not come true in time */
export async function waitUntil(
  isSo: () => unknown | Promise<unknown>,
  { timeoutMs = 10_000, what }: WaitOptions,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`still not so after ${timeoutMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await delay(10);
  }
}
