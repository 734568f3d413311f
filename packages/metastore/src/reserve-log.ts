import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Twice what the log grows to between two checkpoints of 1000 pages. */
const RESERVED_BYTES = 8 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024);

/**
 * Gives the write-ahead log its space in advance, by zeros after what it has. SQLite writes over them: a frame ends the
 * log where its checksum does not fit the one before (https://www.sqlite.org/fileformat2.html#walformat), and without
 * a size limit the file is never cut.
 *
 * So snapshots can be removed, which writes to the log, when the disk is full; and flushing needs to write the data
 * only, as the file's size does not change.
 *
 * @param path of the log, which exists. Where there is no space, it stays as it is.
 */
export function reserveLog(path: string): void {
  const file = openSync(path, 'r+');
  try {
    let end = fstatSync(file).size;
    while (end < RESERVED_BYTES)
      end += writeSync(file, CHUNK, 0, Math.min(CHUNK.length, RESERVED_BYTES - end), end);
    fsyncSync(file);
  } catch (error) {
    if (!isFull(error)) throw error;
  } finally {
    closeSync(file);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ENOSPC|EDQUOT)$/.test(String(error.code));
}
