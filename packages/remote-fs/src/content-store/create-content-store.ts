import { mkdirSync, renameSync, statSync } from 'node:fs';
import { readdir, truncate, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSealed } from '@sluice/fuse';
import type { Logger } from '@sluice/snapshotter-core';
import { RemoteFsError } from '../remote-fs-error.ts';
import { createCompletionQueue } from './completion-queue.ts';
import type { ContentShape, ContentStore } from './content-store.ts';
import { createCompleteContent } from './create-complete-content.ts';
import { createOpenContent } from './create-open-content.ts';
import { createDiskWriter } from './disk-writer.ts';
import { type ContentBounds, createEvictor } from './evictor.ts';
import { openPartialContent, type PartialContent } from './partial-content.ts';
import type { StoredFile } from './scan-contents.ts';
import { chooseSealSalt, type ReverifyContents, sealFile } from './sealing.ts';
import { createUnstoredChunks } from './unstored-chunks.ts';

export interface ContentStoreOptions {
  /** Made if it is missing. */
  readonly directory: string;
  /** What contents may take of the disk. Default: no limit. */
  readonly bounds?: ContentBounds;
  /** Default: `changed`. */
  readonly reverify?: ReverifyContents | undefined;
  /**
   * Called when contents were removed, or are no longer trusted, before anybody may bring them anew: whoever has noted
   * that they are here must forget it before this returns.
   */
  readonly onRemoved?: (names: readonly Uint8Array[]) => void;
  /** Bytes of chunks that could not be stored and are kept in memory for a while. Default 32 MiB. */
  readonly unstoredBytes?: number | undefined;
  /** Is told of every chunk that was not stored: the disk did not take it, or the bound would not be kept. */
  readonly onUnstored?: (sizeBytes: number) => void;
  /** Resolves when nobody waits for the disk: then complete contents are synchronised. Default: at once. */
  readonly whenQuiet?: () => Promise<void>;
}

/** A content that is being looked for, is in use, or is partly here: what all its users share. */
interface Entry {
  readonly path: string;
  readonly shape: ContentShape;
  /** Resolves to undefined if the content is complete. */
  readonly partial: Promise<PartialContent | undefined>;
  /** What that resolved to. */
  found?: PartialContent | undefined;
  users: number;
  /** All of it is here and is going to get its final name: it waits for its turn, or that has come. */
  completing: 'no' | 'waits' | 'begun';
  removed: boolean;
}

const drainTimeoutMs = 3000;

/** The content store on a directory of a local file system. */
export function createContentStore(deps: { logger: Logger }, options: ContentStoreOptions): ContentStore {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const sealSalt = chooseSealSalt(directory, options.reverify ?? 'changed');
  const entries = new Map<string, Entry>();
  const completions = createCompletionQueue(deps, { ...options, directory });
  /** What is being removed, by name in hex, until somebody may bring it anew. */
  const removing = new Map<string, Promise<void>>();
  const removals = new Int32Array(new SharedArrayBuffer(4));
  let closed = false;

  const enter = (shape: ContentShape): Entry => {
    const hex = Buffer.from(shape.name).toString('hex');
    const path = join(directory, hex.slice(0, 2), hex);
    const entry = entries.get(path) ?? {
      path,
      shape,
      partial: look(path, { shape, sealSalt, distrust }),
      users: 0,
      completing: 'no' as const,
      removed: false,
    };
    entries.set(path, entry);
    entry.users++;
    return entry;
  };

  /** Makes a complete file a partial one, of which nothing is trusted. Synchronous: nobody sees it half done. */
  const distrust = (path: string, { name }: ContentShape) => {
    Atomics.add(removals, 0, 1);
    options.onRemoved?.([name]);
    renameSync(path, `${path}.partial`);
    deps.logger.debug({ path }, 'a complete content is verified again');
  };

  /** An entry stays for what it knows of its chunks, until the content is complete. */
  const leave = async (entry: Entry, partial: PartialContent | undefined) => {
    if (--entry.users > 0) return;
    if (!partial || partial.verified.size === 0) forget(entry);
    await partial?.closeFile();
  };
  const forget = (entry: Entry) => {
    if (entries.get(entry.path) === entry) entries.delete(entry.path);
  };

  const completeLater = (entry: Entry, partial: PartialContent) => {
    if (entry.completing !== 'no') return;
    entry.completing = 'waits';
    const isWhole = () => !entry.removed && partial.verified.size === entry.shape.chunkCount;
    completions.add({
      begin() {
        entry.completing = isWhole() ? 'begun' : 'no';
        return isWhole();
      },
      sync: () => partial.sync(),
      async finish() {
        if (sealSalt !== undefined) await partial.seal((path) => sealFile(path, entry.shape.name, sealSalt));
        await partial.rename();
        // Discarded meanwhile.
        if (!isWhole()) await unlink(entry.path);
        forget(entry);
      },
      failed() {
        entry.completing = 'no';
      },
    });
  };

  const isIdle = ({ path, partial }: StoredFile): boolean => {
    const entry = entries.get(partial ? path.slice(0, -'.partial'.length) : path);
    return !entry || (entry.users === 0 && entry.completing !== 'begun');
  };

  const remove = async (files: readonly StoredFile[]): Promise<number> => {
    const idle = files.filter(isIdle);
    const names = [...new Set(idle.map(({ hex }) => hex))].map((hex) => Buffer.from(hex, 'hex'));
    const removal = Promise.withResolvers<void>();
    for (const { hex } of idle) {
      removing.set(hex, removal.promise);
      const entry = entries.get(join(directory, hex.slice(0, 2), hex));
      if (entry) entry.removed = true;
    }
    Atomics.add(removals, 0, 1);
    const results = await Promise.allSettled(idle.map(removeFile));
    for (const { hex } of idle) {
      entries.delete(join(directory, hex.slice(0, 2), hex));
      removing.delete(hex);
    }
    // Once before, for who lists them, and once after, for who has them open.
    Atomics.add(removals, 0, 1);
    options.onRemoved?.(names);
    removal.resolve();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
  };
  const discard = async (names: readonly string[]) => {
    for (const hex of names) {
      const found = entries.get(join(directory, hex.slice(0, 2), hex))?.found;
      if (!found) continue;
      found.verified.clear();
      found.uncertain.clear();
      Atomics.add(removals, 0, 1);
      options.onRemoved?.([Buffer.from(hex, 'hex')]);
    }
    await remove(names.flatMap((hex) => storedFiles(directory, hex)));
  };
  const evictor = createEvictor({ ...deps, remove }, { ...options.bounds, directory });
  const disk = createDiskWriter({ ...deps, makeRoom: evictor.makeRoom }, { directory });
  const unstored = createUnstoredChunks({ maxBytes: options.unstoredBytes });

  return {
    directory,
    sealSalt,
    removals,
    hasRoom: () => evictor.hasRoom() && disk.problem() === undefined,
    problem: disk.problem,
    trim: evictor.trim,
    trusted(hex) {
      const { found, shape } = entries.get(join(directory, hex.slice(0, 2), hex)) ?? {};
      if (!found || !shape || found.verified.size === 0) return undefined;
      return { chunkCount: shape.chunkCount, has: found.verified.has };
    },
    discard,
    async open(shape) {
      const hex = removing.size > 0 ? Buffer.from(shape.name).toString('hex') : '';
      while (removing.has(hex)) await removing.get(hex);
      if (closed) throw new RemoteFsError('CLOSED', 'the content store is closed: the daemon is stopping');
      const entry = enter(shape);
      try {
        const partial = await entry.partial;
        if (partial) {
          entry.found = partial;
          if (partial.verified.size === shape.chunkCount) completeLater(entry, partial);
          return createOpenContent(entry.shape, partial, {
            disk,
            evictor,
            unstored,
            onUnstored: (bytes) => options.onUnstored?.(bytes),
            onComplete: () => completeLater(entry, partial),
            onLeave: () => leave(entry, partial),
          });
        }
      } catch (error) {
        await leave(entry, undefined);
        throw error;
      }
      await leave(entry, undefined);
      return createCompleteContent(entry.path);
    },
    list: () => listComplete(directory),
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      evictor[Symbol.dispose]();
      unstored[Symbol.dispose]();
      await completions.drain(drainTimeoutMs);
    },
  };
}

async function listComplete(directory: string): Promise<ReadonlySet<string>> {
  const complete = new Set<string>();
  for (const shard of await readdir(directory)) {
    for (const name of await readdir(join(directory, shard))) {
      if (name.length === 64) complete.add(name);
    }
  }
  return complete;
}

function storedFiles(directory: string, hex: string): readonly StoredFile[] {
  const path = join(directory, hex.slice(0, 2), hex);
  const complete = { path, hex, partial: false, bytes: 0, usedMs: 0 };
  return [complete, { ...complete, path: `${path}.partial`, partial: true }];
}

/** @returns bytes that this freed */
async function removeFile({ path, partial, bytes }: StoredFile): Promise<number> {
  try {
    // Who has a partial file open must find nothing in it, where a newer one may have something.
    if (partial) await truncate(path, 0);
    await unlink(path);
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

interface LookDeps {
  readonly shape: ContentShape;
  readonly sealSalt: number | undefined;
  readonly distrust: (path: string, shape: ContentShape) => void;
}

/** Nothing is awaited before a file that is not trusted is a partial one. */
async function look(path: string, deps: LookDeps): Promise<PartialContent | undefined> {
  if (await isComplete(path, deps)) return undefined;
  return openPartialContent(path, deps.shape);
}

/**
 * A complete file of the wrong length was cut by a broken disk or by hand: it is removed, and fetched again. One whose
 * seal is broken may be good in parts.
 */
async function isComplete(path: string, { shape, sealSalt, distrust }: LookDeps): Promise<boolean> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return false;
  if (found.size !== shape.sizeBytes) await unlink(path);
  else if (sealSalt === undefined || isSealed(found.mtimeMs, shape.name, sealSalt)) return true;
  else distrust(path, shape);
  return false;
}
