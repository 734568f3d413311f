import type { HintedLayer } from './hinted-layer.ts';

/** The bytes of chunks that came lately: most files are looked into then, without a look at the disk. */
export interface RecentChunks {
  add(layer: HintedLayer, chunk: number, bytes: Uint8Array): void;
  get(layer: HintedLayer, chunk: number): Uint8Array | undefined;
  clear(): void;
}

export function createRecentChunks(maxBytes: number): RecentChunks {
  const chunks = new Map<string, Uint8Array>();
  let heldBytes = 0;
  return {
    add(layer, chunk, bytes) {
      const key = keyOf(layer, chunk);
      heldBytes += bytes.length - (chunks.get(key)?.length ?? 0);
      chunks.delete(key);
      chunks.set(key, bytes);
      for (const [oldest, held] of chunks) {
        if (heldBytes <= maxBytes) break;
        chunks.delete(oldest);
        heldBytes -= held.length;
      }
    },
    get: (layer, chunk) => chunks.get(keyOf(layer, chunk)),
    clear() {
      chunks.clear();
      heldBytes = 0;
    },
  };
}

function keyOf({ digest }: HintedLayer, chunk: number): string {
  return `${digest}/${chunk}`;
}
