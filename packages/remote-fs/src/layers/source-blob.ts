import type { BlobReader, BlobReadOptions } from '@sluice/layer';
import {
  formatImageReference,
  type ImageReference,
  type RegistryBlob,
  type RegistryClient,
  RegistryError,
} from '@sluice/registry';

/**
 * A layer's blob, wherever it is to be had: under each reference that a snapshot with this layer came with.
 * Nothing is asked before the first read, so a layer can be opened with no registry at hand.
 */
export interface SourceBlob extends BlobReader {
  /** One more place where the blob may be had; it is asked first from now on. */
  addSource(reference: ImageReference): void;
}

interface Source {
  readonly name: string;
  readonly reference: ImageReference;
  blob?: RegistryBlob;
}

export function createSourceBlob(
  deps: { registry: RegistryClient },
  options: { layerDigest: string; sizeBytes: number },
): SourceBlob {
  let sources: readonly Source[] = [];

  const readFrom = async (source: Source, range: [number, number], call: BlobReadOptions) => {
    const sized = { size: options.sizeBytes, ...(call.signal ? { signal: call.signal } : {}) };
    source.blob ??= await deps.registry.openBlob(source.reference, options.layerDigest, sized);
    return await source.blob.read(...range, call);
  };
  const prefer = (source: Source) => {
    sources = [source, ...sources.filter((other) => other.name !== source.name)];
  };

  return {
    size: options.sizeBytes,
    addSource(reference) {
      const name = formatImageReference({ host: reference.host, repository: reference.repository });
      prefer(sources.find((source) => source.name === name) ?? { name, reference });
    },
    async read(offset, length, call = {}) {
      const failures: unknown[] = [];
      for (const source of sources) {
        try {
          const bytes = await readFrom(source, [offset, length], call);
          if (failures.length > 0) prefer(source);
          return bytes;
        } catch (error) {
          if (!(error instanceof RegistryError)) throw error;
          failures.push(error);
        }
      }
      throw failures.at(0) ?? new Error(`layer ${options.layerDigest} has no source`);
    },
  };
}
