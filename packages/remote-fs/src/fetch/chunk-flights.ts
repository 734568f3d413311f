import type { SharedTask } from './shared-task.ts';

/** Which chunks are being fetched now, by whichever layer: a chunk is fetched by one task at a time. */
export interface ChunkFlights {
  /** The task that brings this chunk of the content with that name; undefined if there is none to wait for. */
  find(name: Uint8Array, chunk: number): SharedTask<void> | undefined;
  /** Names the task that brings the chunk, until it settles. */
  begin(name: Uint8Array, chunk: number, task: SharedTask<void>): void;
}

export function createChunkFlights(): ChunkFlights {
  const flights = new Map<string, SharedTask<void>>();
  return {
    find(name, chunk) {
      const task = flights.get(keyOf(name, chunk));
      return task?.abandoned ? undefined : task;
    },
    begin(name, chunk, task) {
      const key = keyOf(name, chunk);
      flights.set(key, task);
      void task.settled.then(() => {
        if (flights.get(key) === task) flights.delete(key);
      });
    },
  };
}

function keyOf(name: Uint8Array, chunk: number): string {
  return `${Buffer.from(name).toString('latin1')}/${chunk}`;
}
