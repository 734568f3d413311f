import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeLayerIndex, type LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
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
 * An index is not read into memory but mapped (see index-memory.ts); a file of one is replaced, never changed.
 */
export interface IndexFiles extends Disposable {
  /** The saved index; undefined if there is none. A damaged one is removed, and counts as none. */
  load(key: LayerKey): Promise<LayerIndex | undefined>;
  /** All saved indexes, one after another; those that cannot be read are left out. */
  all(): AsyncIterable<LayerIndex>;
  /** Saves an index durably. @throws the errors of the file system */
  save(key: LayerKey, index: LayerIndex, provenance: IndexProvenance): Promise<void>;
}

export interface IndexProvenance {
  readonly reference: string;
  readonly format: string;
  readonly blobSizeBytes: number;
  readonly tocDigest: string | undefined;
}

export function createIndexFiles(deps: { logger: Logger }, options: { directory: string }): IndexFiles {
  const memory = createIndexMemory();
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
      const told = { layer: key.layerDigest, ...provenance, savedAt: new Date().toISOString() };
      const json = Buffer.from(`${JSON.stringify(told, null, 2)}\n`);
      await writeFileAtomically(join(directoryOf(key), `${key.trust}.json`), json);
      await writeFileAtomically(pathOf(key), encodeLayerIndex(index));
    },
    [Symbol.dispose]: memory[Symbol.dispose],
  };
}

async function savedIndexes(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.index')).map((name) => join(directory, name));
}
