import type { ClientOperations } from '../client/client-operations.ts';
import type { MountClient } from '../client/create-mount-client.ts';
import type { MemoryMount } from './memory-mount.ts';
import { createMemoryOperations } from './memory-operations.ts';

/** Uses memory mounts in this process; its end is that of its reads, as with a process. */
export function createMemoryClient(mounts: ReadonlyMap<string, MemoryMount>): MountClient {
  const life = new AbortController();
  const { operations, closeAll } = createMemoryOperations(mounts, life.signal);
  const ended = new Promise<never>((_, reject) => {
    life.signal.addEventListener('abort', () => reject(new Error('the client process has ended')));
  });
  ended.catch(() => {});

  function end(): void {
    life.abort();
    closeAll();
  }

  const run = async (operation: keyof ClientOperations, args: readonly unknown[]) => {
    const act = operations[operation] as (...values: readonly unknown[]) => unknown;
    return await act(...args);
  };
  return {
    pid: process.pid,
    call: (operation, ...args) => Promise.race([run(operation, args), ended]) as Promise<never>,
    kill: async () => end(),
    interrupt: async () => end(),
    [Symbol.dispose]: end,
  };
}
