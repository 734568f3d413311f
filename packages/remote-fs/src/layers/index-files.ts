import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeLayerIndex, encodeLayerIndex, type LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { LayerKey } from './layer-key.ts';

/**
 * Indexes of layers, kept so that a layer can be mounted again without its registry:
 *
 * ```
 *   <directory>/<layer digest's hex>/<trust>.index   as encodeLayerIndex gives it, with its own checksum
 *   <directory>/<layer digest's hex>/<trust>.json    where it came from, for people
 * ```
 */
export interface IndexFiles {
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
  const directoryOf = (key: LayerKey) => join(options.directory, key.layerDigest.replace('sha256:', ''));
  const pathOf = (key: LayerKey) => join(directoryOf(key), `${key.trust}.index`);

  return {
    async load(key) {
      const path = pathOf(key);
      try {
        return decodeLayerIndex(await readShared(path));
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        deps.logger.warn({ err, path }, 'a saved layer index cannot be read: it is removed and read anew');
        await rm(path, { force: true });
        return undefined;
      }
    },
    async *all() {
      for (const path of await savedIndexes(options.directory)) {
        const bytes = await readShared(path).catch(() => undefined);
        const index = bytes && decoded(bytes);
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
  };
}

async function savedIndexes(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.index')).map((name) => join(directory, name));
}

function decoded(bytes: Uint8Array): LayerIndex | undefined {
  try {
    return decodeLayerIndex(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a file in shared memory, where an index can stay: many MB are neither copied nor left to be collected. */
async function readShared(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { size } = await file.stat();
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes;
}
