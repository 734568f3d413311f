import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { libc } from './libc.ts';
import { trimHeap } from './trim-heap.ts';

const malloc: (size: number) => bigint = libc.func('void *malloc(size_t)');
const free: (address: bigint) => void = libc.func('void free(void *)');
const memset: (address: bigint, value: number, size: number) => bigint = libc.func(
  'void *memset(void *, int, size_t)',
);

const anonymousBytes = () =>
  Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

it('gives memory back that was freed between what is still in use', () => {
  const pairs = Array.from({ length: 2000 }, () => ({ block: malloc(32 * 1024), kept: malloc(1024) }));
  for (const { block } of pairs) memset(block, 1, 32 * 1024);
  for (const { block } of pairs) free(block);
  const before = anonymousBytes();
  trimHeap();
  expect(before - anonymousBytes()).toBeGreaterThan(30 * 1024 * 1024);
  for (const { kept } of pairs) free(kept);
});
