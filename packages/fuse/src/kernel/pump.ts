import { setTimeout as delay } from 'node:timers/promises';
import { FuseError } from '../fuse-error.ts';
import { type FuseThread, startFuseThread } from './fuse-thread.ts';
import type { MountEvent, PumpCommand, PumpEvent } from './messages.ts';

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

export interface PumpOptions {
  /** One that nobody has used. Default: one is started. */
  readonly thread?: FuseThread | undefined;
}

/** Takes a thread into use. It is the pump's from now on. */
export function createPump(
  { onEvent, onCrash }: PumpListeners,
  { thread = startFuseThread() }: PumpOptions = {},
): Pump {
  const { worker, eventFd, exited } = thread;
  let hasEnded = false;
  const drained = Promise.withResolvers<void>();
  worker.on('message', (event: PumpEvent) => {
    if (event.type === 'drained') drained.resolve();
    else onEvent(event);
  });
  void exited.then((cause) => {
    hasEnded = true;
    if (thread.isEnding) return;
    const message = 'The thread that serves FUSE mounts ended by itself; its mounts are gone';
    onCrash(new FuseError('CLOSED', message, { cause }));
  });
  function tell(command: PumpCommand): void {
    worker.postMessage(command);
    if (!hasEnded) eventFd.signal();
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
      thread[Symbol.dispose]();
      await exited;
    },
  };
}
