import { hash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageReference, RegistryClient } from '@sluice/registry';
import type { CallOptions } from '@sluice/snapshotter-core';
import { createSharedTask, type SharedTask } from '../fetch/shared-task.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** Image manifests by digest: fetched once, then kept as `<directory>/<hex>`. */
export interface ManifestFiles {
  /** The manifest's bytes, verified by its digest. @throws RegistryError; the signal's reason */
  get(reference: ImageReference, digest: string, options?: CallOptions): Promise<Uint8Array>;
}

export function createManifestFiles(
  deps: { registry: RegistryClient },
  options: { directory: string },
): ManifestFiles {
  const fetching = new Map<string, SharedTask<Uint8Array>>();

  const fetch = async (reference: ImageReference, digest: string, signal: AbortSignal) => {
    const path = join(options.directory, digest.replace('sha256:', ''));
    const saved = await readFile(path).catch(() => undefined);
    if (saved && `sha256:${hash('sha256', saved)}` === digest) return saved;
    const { bytes } = await deps.registry.manifest(reference, digest, { signal });
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, bytes);
    return bytes;
  };

  return {
    get(reference, digest, callOptions = {}) {
      const known = fetching.get(digest);
      if (known && !known.abandoned) return known.wait(callOptions);
      const task = createSharedTask((signal) => fetch(reference, digest, signal));
      fetching.set(digest, task);
      void task.settled.then(() => {
        if (fetching.get(digest) === task) fetching.delete(digest);
      });
      return task.wait(callOptions);
    },
  };
}
