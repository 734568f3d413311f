import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { noise } from './test-layer.ts';

/** What `range-reader.ts` reads from its standard input, in JSON. */
export interface RangeReaderTask {
  readonly seed: number;
  readonly reads: number;
  /** Reads at one time. */
  readonly atOnce: number;
  readonly mountpoints: readonly string[];
  /** Files of each mountpoint, with what `noise` makes of them. */
  readonly files: readonly (readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly seed: number;
  }[])[];
  readonly maxReadBytes: number;
  /** Each read is asked of the server, whatever the kernel has of the file. */
  readonly direct: boolean;
}

/** A process that reads random ranges of files, and prints what was not right about them, a line each. */
async function main(): Promise<void> {
  const task = JSON.parse(await text(process.stdin)) as RangeReaderTask;
  const expected = new Map<number, Buffer>();
  for (const file of task.files.flat()) {
    if (!expected.has(file.seed)) expected.set(file.seed, noise(file.sizeBytes, file.seed));
  }
  let state = task.seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const flags = constants.O_RDONLY | (task.direct ? constants.O_DIRECT : 0);
  let left = task.reads;
  const readSome = async () => {
    while (left-- > 0) {
      const layer = random(task.mountpoints.length);
      const file = task.files[layer]![random(task.files[layer]!.length)]!;
      const offset = random(file.sizeBytes);
      const length = 1 + random(Math.min(task.maxReadBytes, file.sizeBytes - offset));
      const what = `${length} bytes at ${offset} of ${file.name} below ${task.mountpoints[layer]}`;
      try {
        await using opened = await open(join(task.mountpoints[layer]!, file.name), flags);
        const { buffer, bytesRead } = await opened.read(Buffer.alloc(length), 0, length, offset);
        const isRight =
          bytesRead === length && buffer.equals(expected.get(file.seed)!.subarray(offset, offset + length));
        if (!isRight) process.stdout.write(`wrong: ${what}\n`);
      } catch (error) {
        process.stdout.write(`failed: ${what}: ${error}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: task.atOnce }, readSome));
}

await main();
