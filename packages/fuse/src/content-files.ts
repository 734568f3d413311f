import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Errno, rawPread } from '@sluice/linux';
import { isSealed } from './content-seal.ts';
import type { ContentTable } from './content-table.ts';

/** Not an errno: the bytes are not on this machine. */
export const MISSING = -100_000;

/** Reads contents that are on this machine, synchronously; says so of those that are not. */
export interface ContentFiles extends Disposable {
  /**
   * Copies bytes of a content into `into`. The range is cut at the content's end.
   *
   * @returns the bytes copied, MISSING, or a negated errno
   */
  read(content: number, range: { offset: number; length: number }, into: Uint8Array): number;
  /** In bytes; 0 for a content that the table does not have. */
  sizeOf(content: number): number;
  /** A descriptor of the content's complete file, lent until the next call; undefined if it is not complete. */
  complete(content: number): number | undefined;
  /** Forgets the open file of a content: after a failure, the path may lead to another one. */
  drop(content: number): void;
}

/** @param maxOpenFiles descriptors that are kept open, the least recently used closed first */
export function createContentFiles(table: ContentTable, { maxOpenFiles = 256 } = {}): ContentFiles {
  const descriptors = new Map<number, number>();
  /** Those of the descriptors that are of complete files. */
  const complete = new Set<number>();
  const { contents, present, removals } = table;
  let removalsSeen = 0;

  function chunkAt(content: number, offset: number): number {
    let low = contents.chunkStart[content]!;
    let high = low + contents.chunkCount[content]!;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (table.chunkOffset[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  function isPresent(content: number, offset: number, length: number): boolean {
    const end = contents.chunkStart[content]! + contents.chunkCount[content]!;
    for (
      let chunk = chunkAt(content, offset);
      chunk < end && table.chunkOffset[chunk]! < offset + length;
      chunk++
    ) {
      if ((Atomics.load(present, chunk >>> 5) & (1 << (chunk & 31))) === 0) return false;
    }
    return true;
  }

  function noteReads(reads: Int32Array, content: number, range: { offset: number; length: number }): void {
    const end = contents.chunkStart[content]! + contents.chunkCount[content]!;
    let chunk = chunkAt(content, range.offset);
    for (; chunk < end && table.chunkOffset[chunk]! < range.offset + range.length; chunk++) {
      if (Atomics.load(reads, 1 + chunk) === 0) Atomics.store(reads, 1 + chunk, Atomics.add(reads, 0, 1) + 1);
    }
  }

  function nameOf(content: number): Uint8Array {
    return contents.digest.subarray(content * 32, content * 32 + 32);
  }

  function pathOf(content: number): string {
    const hex = Buffer.from(nameOf(content)).toString('hex');
    return join(table.directory, hex.slice(0, 2), hex);
  }

  /** A complete file needs no bits: its name says that it was verified whole. */
  function adoptComplete(content: number): boolean {
    const fd = openIfThere(pathOf(content));
    if (fd === undefined) return false;
    if (!isIntact(content, fd)) {
      closeSync(fd);
      return false;
    }
    keep(content, fd);
    complete.add(content);
    const first = contents.chunkStart[content]!;
    for (let chunk = first; chunk < first + contents.chunkCount[content]!; chunk++) {
      Atomics.or(present, chunk >>> 5, 1 << (chunk & 31));
    }
    // Whoever removes a file clears the bits afterwards: those set after that would stay, for a file that is gone.
    if (fstatSync(fd).nlink === 0) forgetChunks(content);
    return true;
  }

  function isIntact(content: number, fd: number): boolean {
    const { size, mtimeMs } = fstatSync(fd);
    if (size !== contents.size[content]) return false;
    return table.sealSalt === undefined || isSealed(mtimeMs, nameOf(content), table.sealSalt);
  }

  function forgetChunks(content: number): void {
    const first = contents.chunkStart[content]!;
    for (let chunk = first; chunk < first + contents.chunkCount[content]!; chunk++) {
      Atomics.and(present, chunk >>> 5, ~(1 << (chunk & 31)));
    }
  }

  function knownDescriptor(content: number): number | undefined {
    const known = descriptors.get(content);
    if (known === undefined) return undefined;
    descriptors.delete(content);
    descriptors.set(content, known);
    return known;
  }

  function descriptorOf(content: number): number | undefined {
    const known = knownDescriptor(content);
    if (known !== undefined) return known;
    if (adoptComplete(content)) return descriptors.get(content);
    const fd = openIfThere(`${pathOf(content)}.partial`);
    if (fd !== undefined) keep(content, fd);
    // It may have been renamed between the two looks.
    else adoptComplete(content);
    return descriptors.get(content);
  }

  function keep(content: number, fd: number): void {
    drop(content);
    descriptors.set(content, fd);
    if (descriptors.size <= maxOpenFiles) return;
    const [oldest] = descriptors.keys();
    drop(oldest!);
  }

  /** The bits of what was removed are cleared already, or will be looked at anew for the next count. */
  function dropRemoved(): void {
    if (removals === undefined) return;
    const count = Atomics.load(removals, 0);
    if (count === removalsSeen) return;
    removalsSeen = count;
    for (const [content, fd] of [...descriptors]) if (fstatSync(fd).nlink === 0) drop(content);
  }

  function drop(content: number): void {
    const fd = descriptors.get(content);
    if (fd === undefined) return;
    descriptors.delete(content);
    complete.delete(content);
    closeSync(fd);
  }

  return {
    read(content, { offset, length }, into) {
      if (!(content < contents.size.length)) return -Errno.EIO;
      const wanted = Math.min(length, contents.size[content]! - offset);
      if (wanted <= 0) return 0;
      if (table.reads) noteReads(table.reads, content, { offset, length: wanted });
      dropRemoved();
      if (!isPresent(content, offset, wanted) && !adoptComplete(content)) return MISSING;
      const fd = descriptorOf(content);
      if (fd === undefined) return MISSING;
      // The file may have been removed after the first look, and a newer one with less in it opened.
      if (!isPresent(content, offset, wanted)) return MISSING;
      return readFully(fd, { offset, length: wanted }, into);
    },
    sizeOf: (content) => contents.size[content] ?? 0,
    complete(content) {
      if (!(content < contents.size.length)) return undefined;
      dropRemoved();
      if (!complete.has(content) && !adoptComplete(content)) return undefined;
      // The kernel reads it without asking, so what it reads of it is not known.
      if (table.reads) noteReads(table.reads, content, { offset: 0, length: contents.size[content]! });
      return knownDescriptor(content);
    },
    drop,
    [Symbol.dispose]() {
      for (const content of [...descriptors.keys()]) drop(content);
    },
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch {
    return undefined;
  }
}

function readFully(fd: number, range: { offset: number; length: number }, into: Uint8Array): number {
  let done = 0;
  while (done < range.length) {
    const read = rawPread(fd, into, {
      offset: done,
      length: range.length - done,
      position: range.offset + done,
    });
    if (read === -Errno.EINTR) continue;
    if (read < 0) return read;
    // Shorter than its bits say: someone cut the file.
    if (read === 0) return MISSING;
    done += read;
  }
  return done;
}
