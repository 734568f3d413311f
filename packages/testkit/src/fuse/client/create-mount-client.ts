import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ClientOperations } from './client-operations.ts';
import type { ClientReply, ClientRequest } from './client-process.ts';

type Args<K extends keyof ClientOperations> = Parameters<ClientOperations[K]>;
type Result<K extends keyof ClientOperations> = Awaited<ReturnType<ClientOperations[K]>>;

/**
 * A process that uses mounts on behalf of a test: a process which serves a mount on its main thread must never
 * wait for it there. Errors carry the `code` that the client saw.
 */
export interface MountClient extends Disposable {
  readonly pid: number;
  call<K extends keyof ClientOperations>(operation: K, ...args: Args<K>): Promise<Result<K>>;
  /** Ends the process, with whatever it waits for. */
  kill(): Promise<void>;
  /** Ends it as Ctrl-C does. */
  interrupt(): Promise<void>;
}

export function createMountClient(): MountClient {
  const child = fork(join(import.meta.dirname, 'client-process.ts'), {
    execArgv: ['--conditions=source'],
    serialization: 'advanced',
    // Reads that wait keep a thread of the pool each.
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;

  child.on('message', (reply: ClientReply) => {
    const waiter = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) waiter?.reject(Object.assign(new Error(reply.error.message), reply.error));
    else waiter?.resolve(reply.value);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      for (const waiter of waiting.values()) waiter.reject(new Error('the client process has ended'));
      waiting.clear();
      resolve();
    });
  });
  return {
    pid: child.pid!,
    call: (operation, ...args) => ask({ child, waiting }, { id: ++last, operation, args }) as Promise<never>,
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
    interrupt() {
      child.kill('SIGINT');
      return exited;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

function ask(
  { child, waiting }: { child: ChildProcess; waiting: Map<number, PromiseWithResolvers<unknown>> },
  request: ClientRequest,
): Promise<unknown> {
  const waiter = Promise.withResolvers<unknown>();
  waiting.set(request.id, waiter);
  child.send(request, (error) => error && waiter.reject(error));
  return waiter.promise;
}
