import { Worker } from 'node:worker_threads';
import { createEventFd, type EventFd } from '@sluice/linux';
import type { PumpStart } from './messages.ts';

/**
 * The thread that serves FUSE mounts, before a driver has it. Loading its code takes as long as a tenth of a second: a
 * process that knows that it will need one starts it first of all, and loads what else it needs meanwhile.
 *
 * Disposing it ends it, with what it serves. A driver that was given one does that, too.
 */
export interface FuseThread extends Disposable {
  readonly worker: Worker;
  /** Wakes the thread: each message that it is sent is followed by a signal. Closed when the thread has ended. */
  readonly eventFd: EventFd;
  readonly isEnding: boolean;
  /** Resolves when the thread has ended, with what ended it if it was not told to. Never rejects. */
  readonly exited: Promise<unknown>;
}

/** Starts it; returns before it runs. */
export function startFuseThread(): FuseThread {
  const eventFd = createEventFd();
  const control = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(workerUrl(), {
    // Not this process's own flags: some of them (--input-type) are refused beside a file.
    execArgv: isSource ? ['--conditions=source'] : [],
    workerData: { eventFd: eventFd.fd, control } satisfies PumpStart,
  });
  let hasEnded = false;
  let failure: unknown;

  const end = () => {
    Atomics.store(control, 0, 1);
    if (!hasEnded) eventFd.signal();
  };
  // The thread sleeps in the kernel, where Node cannot stop it: process.exit would wait for it without end.
  process.once('exit', end);

  worker.once('error', (error) => {
    failure = error;
  });
  const exited = new Promise<unknown>((resolve) => {
    worker.once('exit', () => {
      hasEnded = true;
      process.removeListener('exit', end);
      eventFd.close();
      resolve(failure);
    });
  });
  return {
    worker,
    eventFd,
    exited,
    get isEnding() {
      return Atomics.load(control, 0) === 1;
    },
    [Symbol.dispose]: end,
  };
}

const isSource = import.meta.url.endsWith('.ts');

/** Beside this file's bundle when built; one folder up when run from source. */
function workerUrl(): URL {
  return isSource
    ? new URL('../pump-worker.ts', import.meta.url)
    : new URL('./pump-worker.js', import.meta.url);
}
