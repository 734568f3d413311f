import { opendir } from 'node:fs/promises';
import { unlessCode } from './error-code.ts';

/** A directory entry. */
export interface Entry {
  /** Its bytes: images hold names that are not UTF-8. */
  readonly name: Buffer;
  readonly isDirectory: boolean;
}

/** Enough to keep libuv's threads busy; small enough that other work of the process gets its turn. */
const BATCH_ENTRIES = 64;

/**
 * The entries of a directory in batches, however many it has: a container may make millions. Entries that are
 * added or removed meanwhile may be missed; a missing directory has none.
 *
 * @param path of a directory; a symbolic link is followed
 * @param signal checked before each batch
 */
export async function* readInBatches(path: string, signal?: AbortSignal): AsyncGenerator<readonly Entry[]> {
  signal?.throwIfAborted();
  // One character a byte. Node's types know no 'buffer' here.
  const open = opendir(path, { encoding: 'latin1', bufferSize: BATCH_ENTRIES });
  const directory = await open.catch(unlessCode('ENOENT'));
  if (directory === undefined) return;
  let batch: Entry[] = [];
  for await (const entry of directory) {
    batch.push({ name: Buffer.from(entry.name, 'latin1'), isDirectory: entry.isDirectory() });
    if (batch.length < BATCH_ENTRIES) continue;
    yield batch;
    signal?.throwIfAborted();
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
