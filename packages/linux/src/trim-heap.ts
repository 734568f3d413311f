import { libc } from './libc.ts';

/**
 * Gives memory that was freed, but that the C library keeps for what is allocated next, back to the kernel, by
 * malloc_trim(3). It takes a few milliseconds, and is worth it after many MB were in use for a short time. Does nothing
 * where the C library has no such function (musl gives memory back by itself).
 */
export function trimHeap(): void {
  trim(0);
}

const trim = find();

function find(): (keptBytes: number) => number {
  try {
    return libc.func('int malloc_trim(size_t)');
  } catch {
    return () => 0;
  }
}
