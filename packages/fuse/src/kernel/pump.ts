import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createEventFd } from '@sluice/linux';
import { FuseError } from '../fuse-error.ts';
import type { MountEvent, PumpCommand, PumpEvent, PumpStart } from './messages.ts';

/** The worker thread, as the main thread sees it. */
export interface Pump {
  tell(command: PumpCommand): void;
  /**
   * Takes no more requests, and resolves when those that were taken are answered, or back in the kernel's hands, or the
   * time is over. Reads are to be filled meanwhile.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Ends the thread: connections that are still open are closed, and their users get ENOTCONN. */
  close(): Promise<void>;
}

export interface PumpListeners {
  onEvent(event: MountEvent): void;
  /** The thread ended without being told to. */
  onCrash(error: FuseError): void;
}

/** Starts the thread. */
export function startPump(
  { onEvent, onCrash }: PumpListeners,
  { resend }: { readonly resend: boolean },
): Pump {
  const eventFd = createEventFd();
  const control = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(workerUrl(), {
    // Not this process's own flags: some of them (--input-type) are refused beside a file.
    execArgv: isSource ? ['--conditions=source'] : [],
    workerData: { eventFd: eventFd.fd, control, resend } satisfies PumpStart,
  });
  let ended = false;

  const end = () => {
    Atomics.store(control, 0, 1);
    if (!ended) eventFd.signal();
  };
  // The thread sleeps in the kernel, where Node cannot stop it: process.exit would wait for it without end.
  process.once('exit', end);

  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      ended = true;
      process.removeListener('exit', end);
      eventFd.close();
      resolve();
    });
  });
  let failure: unknown;
  const drained = Promise.withResolvers<void>();
  worker.on('message', (event: PumpEvent) => {
    if (event.type === 'drained') drained.resolve();
    else onEvent(event);
  });
  worker.once('error', (error) => {
    failure = error;
  });
  void exited.then(() => {
    if (Atomics.load(control, 0) === 1) return;
    onCrash(
      new FuseError('CLOSED', 'The thread that serves FUSE mounts ended by itself; its mounts are gone', {
        cause: failure,
      }),
    );
  });
  function tell(command: PumpCommand): void {
    worker.postMessage(command);
    if (!ended) eventFd.signal();
  }
  return {
    tell,
    async drain(timeoutMs) {
      tell({ type: 'drain' });
      const late = new AbortController();
      const lateness = delay(timeoutMs, undefined, late).catch(() => undefined);
      await Promise.race([drained.promise, exited, lateness]);
      late.abort();
    },
    async close() {
      end();
      await exited;
    },
  };
}

const isSource = import.meta.url.endsWith('.ts');

/** Beside this file's bundle when built; one folder up when run from source. */
function workerUrl(): URL {
  return isSource
    ? new URL('../pump-worker.ts', import.meta.url)
    : new URL('./pump-worker.js', import.meta.url);
}
