import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchSize, BIG, benchFiles } from './bench-tree.ts';
import { serveRequests } from './child.ts';

/** What is done to a tree. */
export const tasks = {
  /** Every name and every attribute. @returns names */
  walk(root: string): number {
    let count = 0;
    for (const entry of readdirSync(root, { withFileTypes: true })) {
      const path = join(root, entry.name);
      lstatSync(path);
      count += 1 + (entry.isDirectory() ? tasks.walk(path) : 0);
    }
    return count;
  },
  /** Every small file, whole. @returns files */
  small(root: string, size: BenchSize): number {
    const buffer = Buffer.allocUnsafe(64 << 10);
    const files = benchFiles(size).filter(({ path }) => path !== BIG);
    for (const { path, sizeBytes } of files) {
      const fd = openSync(join(root, path), 'r');
      if (readSync(fd, buffer) !== sizeBytes) throw new Error(`${path} is cut`);
      closeSync(fd);
    }
    return files.length;
  },
  /** The large file from its begin to its end, 1 MiB a call. @returns MiB */
  sequential(root: string): number {
    const buffer = Buffer.allocUnsafe(1 << 20);
    const fd = openSync(join(root, BIG), 'r');
    let mib = 0;
    while (readSync(fd, buffer) > 0) mib++;
    closeSync(fd);
    return mib;
  },
  /** 4 KiB of the large file at a time, anywhere: the same places for everybody. @returns reads */
  random(root: string, { bigMib }: BenchSize): number {
    const READS = 50_000;
    const buffer = Buffer.allocUnsafe(4096);
    const fd = openSync(join(root, BIG), 'r');
    let state = 12345;
    for (let i = 0; i < READS; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const page = Math.floor((state / 2 ** 32) * bigMib * 256);
      if (readSync(fd, buffer, 0, 4096, page * 4096) !== 4096) throw new Error(`page ${page} is cut`);
    }
    closeSync(fd);
    return READS;
  },
} as const;

export interface ReaderRequest {
  readonly task: keyof typeof tasks;
  readonly root: string;
  readonly size: BenchSize;
}

/** @returns what was done a second */
function run({ task, root, size }: ReaderRequest): number {
  const begin = process.hrtime.bigint();
  const count = tasks[task](root, size);
  return count / (Number(process.hrtime.bigint() - begin) / 1e9);
}

serveRequests(run);
