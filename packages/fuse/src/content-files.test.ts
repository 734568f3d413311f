import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Errno } from '@sluice/linux';
import {
  type BuiltTree,
  buildTree,
  contentPath,
  createContentFiller,
  dir,
  file,
  numberedBytes,
} from '@sluice/testkit/fuse';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContentFiles, MISSING } from './content-files.ts';

const bytes = numberedBytes(1000);
const chunkOffsets = [0, 100, 350, 900];

describe('content files', () => {
  let directory: string;
  let built: BuiltTree;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-contents-'));
    built = buildTree(dir({ a: file(bytes, { chunkOffsets }), b: file('second') }), directory);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const openDescriptors = () =>
    readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`)).length;
  const read = (
    files: ReturnType<typeof createContentFiles>,
    content: number,
    offset: number,
    length: number,
  ) => {
    const into = new Uint8Array(length);
    const result = files.read(content, { offset, length }, into);
    return result < 0 ? result : Buffer.from(into.subarray(0, result)).toString('hex');
  };

  it('gives the bytes of any range exactly when all of its chunks are there', async () => {
    const range = fc.tuple(fc.nat(1100), fc.integer({ min: 1, max: 1100 }));
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([0, 1, 2, 3]),
        fc.array(range, { maxLength: 8 }),
        async (chunks, ranges) => {
          built.content.present.fill(0);
          using files = createContentFiles(built.content);
          const filler = createContentFiller(built);
          const { signal } = new AbortController();
          for (const chunk of chunks) await filler.fill(0, chunkOffsets[chunk]!, 1, { signal });
          for (const [offset, length] of ranges) {
            const end = Math.min(offset + length, bytes.length);
            const touched = chunkOffsets.filter(
              (begin, i) => begin < end && (chunkOffsets[i + 1] ?? 1000) > offset,
            );
            const here = touched.every((begin) => chunks.includes(chunkOffsets.indexOf(begin)));
            const expected = here ? bytes.subarray(offset, Math.max(offset, end)).toString('hex') : MISSING;
            expect(read(files, 0, offset, length)).toBe(expected);
          }
        },
      ),
    );
  });

  it('never reads from a newer file what only the older one had, after a content was removed', async () => {
    using files = createContentFiles(built.content);
    writeFileSync(contentPath(built, 0), bytes);
    expect(read(files, 0, 0, 10)).toBe(bytes.subarray(0, 10).toString('hex'));
    rmSync(contentPath(built, 0));
    built.content.present.fill(0);
    const { signal } = new AbortController();
    await createContentFiller(built).fill(0, chunkOffsets[2]!, 1, { signal });
    expect(read(files, 0, 0, 10)).toBe(MISSING);
    expect(read(files, 0, 350, 10)).toBe(bytes.subarray(350, 360).toString('hex'));
  });

  it('lets go of files that were removed, also where another reader has brought them anew', async () => {
    const removals = new Int32Array(new SharedArrayBuffer(4));
    using files = createContentFiles({ ...built.content, removals });
    writeFileSync(contentPath(built, 0), bytes);
    writeFileSync(contentPath(built, 1), 'second');
    read(files, 0, 0, 10);
    read(files, 1, 0, 6);
    const before = openDescriptors();
    rmSync(contentPath(built, 0));
    Atomics.add(removals, 0, 1);
    built.content.present.fill(0);
    // As another mount of the same layer does, which has found out that the file was damaged.
    const anew = Buffer.from(bytes).fill('x');
    writeFileSync(contentPath(built, 0), anew);
    Atomics.or(built.content.present, 0, 0b1111);
    expect(read(files, 0, 0, 10)).toBe(anew.subarray(0, 10).toString('hex'));
    rmSync(contentPath(built, 0));
    Atomics.add(removals, 0, 1);
    expect(files.complete(0)).toBeUndefined();
    expect(read(files, 1, 0, 6)).toBe(Buffer.from('second').toString('hex'));
    expect(openDescriptors()).toBe(before - 1);
  });

  it('notes which chunks were asked for, in the order of the first time, whether or not they are there', () => {
    const reads = new Int32Array(new SharedArrayBuffer(4 * 6));
    using files = createContentFiles({ ...built.content, reads });
    expect(read(files, 0, 360, 10)).toBe(MISSING);
    expect([...reads]).toEqual([1, 0, 0, 1, 0, 0]);
    read(files, 0, 0, 200);
    read(files, 0, 360, 10);
    expect([...reads]).toEqual([3, 2, 3, 1, 0, 0]);
    writeFileSync(contentPath(built, 0), bytes);
    expect(files.complete(0)).toBeDefined();
    expect([...reads]).toEqual([4, 2, 3, 1, 4, 0]);
  });

  it('finds a complete file by itself, and says from then on that all of its chunks are there', () => {
    using files = createContentFiles(built.content);
    expect(files.complete(0)).toBeUndefined();
    expect(read(files, 0, 0, 10)).toBe(MISSING);
    writeFileSync(contentPath(built, 0), bytes);
    expect(read(files, 0, 90, 20)).toBe(bytes.subarray(90, 110).toString('hex'));
    expect(Atomics.load(built.content.present, 0) & 0b1111).toBe(0b1111);
    expect(files.complete(0)).toBeGreaterThan(0);
  });

  it('takes a file of another length for no complete one, and reads the partial file instead', () => {
    using files = createContentFiles(built.content);
    writeFileSync(contentPath(built, 0), 'too short');
    expect(files.complete(0)).toBeUndefined();
    expect(read(files, 0, 0, 10)).toBe(MISSING);
    writeFileSync(`${contentPath(built, 0)}.partial`, bytes);
    Atomics.store(built.content.present, 0, 0b1111);
    expect(read(files, 0, 900, 100)).toBe(bytes.subarray(900).toString('hex'));
  });

  it('knows a file as complete once it got its final name, though it was open before', () => {
    using files = createContentFiles(built.content);
    const filler = createContentFiller(built);
    filler.complete(1);
    filler.complete(0);
    expect(read(files, 0, 0, 4)).toBe('00000000');
    expect(files.complete(0)).toBeGreaterThan(0);
    files.drop(0);
    expect(files.complete(0)).toBeGreaterThan(0);
  });

  it('says that bytes are missing which a cut file no longer has', () => {
    using files = createContentFiles(built.content);
    createContentFiller(built).complete(0);
    expect(read(files, 0, 500, 500)).toBe(bytes.subarray(500).toString('hex'));
    truncateSync(contentPath(built, 0), 600);
    expect(read(files, 0, 500, 500)).toBe(MISSING);
  });

  it('keeps no more files open than it may, and none when it is disposed of', () => {
    const many = buildTree(
      dir(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, file(`content ${i}`)]))),
      directory,
    );
    const filler = createContentFiller(many);
    for (let i = 0; i < 20; i++) filler.complete(i);
    const before = openDescriptors();
    const files = createContentFiles(many.content, { maxOpenFiles: 4 });
    for (let i = 0; i < 20; i++) {
      const expected = Buffer.from(many.bytes[i]!).toString('hex');
      expect(read(files, i, 0, 100)).toBe(expected);
    }
    expect(openDescriptors()).toBeLessThanOrEqual(before + 4);
    files[Symbol.dispose]();
    expect(openDescriptors()).toBe(before);
  });

  it('answers EIO for a content that the table does not have', () => {
    using files = createContentFiles(built.content);
    expect(read(files, 99, 0, 10)).toBe(-Errno.EIO);
    expect(files.complete(99)).toBeUndefined();
    expect(files.sizeOf(99)).toBe(0);
  });
});
