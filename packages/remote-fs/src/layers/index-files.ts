import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeLayerIndex, type LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import { stageFile } from '../stage-file.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { createIndexMemory } from './index-memory.ts';
import type { LayerKey } from './layer-key.ts';

/**
 * Indexes of layers, kept so that a layer can be mounted again without its registry:
 *
 * ```
 *   <directory>/<layer digest's hex>/<trust>.index   as encodeLayerIndex gives it, with its own checksum
 *   <directory>/<layer digest's hex>/<trust>.json    where it came from, for people
 * ```
 *
 * An index is not read into memory but mapped (see index-memory.ts); a file of one is replaced, never changed. Disposing
 * it waits for what is being written.
 */
export interface IndexFiles extends AsyncDisposable {
  /** The saved index; undefined if there is none. A damaged one is removed, and counts as none. */
  load(key: LayerKey): Promise<LayerIndex | undefined>;
  /** All saved indexes, one after another; those that cannot be read are left out. */
  all(): AsyncIterable<LayerIndex>;
  /** Saves an index. Resolves when it is written, and before it is durable. @throws the errors of the file system */
  save(key: LayerKey, index: LayerIndex, provenance: IndexProvenance): Promise<SavedIndex>;
}

export interface SavedIndex {
  /** What was saved takes no memory; what was made takes as much as it has bytes. */
  readonly index: LayerIndex;
  /**
   * Resolves when a later process finds it, also after a loss of power. Rejects with the errors of the file system, then
   * no other process finds it; nobody has to look.
   */
  readonly durable: Promise<void>;
}

export interface IndexProvenance {
  readonly reference: string;
  readonly format: string;
  readonly blobSizeBytes: number;
  readonly tocDigest: string | undefined;
}

export function createIndexFiles(deps: { logger: Logger }, options: { directory: string }): IndexFiles {
  const memory = createIndexMemory();
  const underWay = new Set<Promise<void>>();
  const directoryOf = (key: LayerKey) => join(options.directory, key.layerDigest.replace('sha256:', ''));
  const pathOf = (key: LayerKey) => join(directoryOf(key), `${key.trust}.index`);

  return {
    async load(key) {
      const path = pathOf(key);
      try {
        return await memory.open(path);
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        deps.logger.warn({ err, path }, 'a saved layer index cannot be read: it is removed and read anew');
        await rm(path, { force: true });
        return undefined;
      }
    },
    async *all() {
      for (const path of await savedIndexes(options.directory)) {
        const index = await memory.open(path).catch(() => undefined);
        if (index) yield index;
      }
    },
    async save(key, index, provenance) {
      await mkdir(directoryOf(key), { recursive: true, mode: 0o700 });
      const origin = { layer: key.layerDigest, ...provenance, savedAt: new Date().toISOString() };
      const json = Buffer.from(`${JSON.stringify(origin, null, 2)}\n`);
      const staged = await stageFile(pathOf(key), encodeLayerIndex(index));
      const saved = await memory.open(staged.path).catch(() => index);
      const told = writeFileAtomically(join(directoryOf(key), `${key.trust}.json`), json);
      const durable = Promise.all([told, staged.publish()]).then(() => {});
      underWay.add(durable);
      durable.catch(() => {}).then(() => underWay.delete(durable));
      return { index: saved, durable };
    },
    async [Symbol.asyncDispose]() {
      memory[Symbol.dispose]();
      await Promise.allSettled(underWay);
    },
  };
}

async function savedIndexes(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.index')).map((name) => join(directory, name));
}
