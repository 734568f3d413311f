import { createHash } from 'node:crypto';
import type { ContentShape } from '../src/content-store/content-store.ts';
import { noise } from './test-layer.ts';

/** The contents that the storm's writer writes: the same in every process. */
export interface StormContent {
  readonly shape: ContentShape;
  readonly bytes: Buffer;
  readonly chunkBytes: number;
}

export const stormContents = 150;
/** About half of all contents: the writer's store evicts all the time. */
export const stormBoundBytes = 75 * 96 * 1024;

/** Of one to four chunks. */
export function stormContent(seed: number): StormContent {
  const chunkBytes = 32 * 1024;
  const chunkCount = 1 + (seed % 4);
  const bytes = noise(chunkCount * chunkBytes - (seed % 100), seed + 1);
  const name = createHash('sha256').update(bytes).digest();
  return { shape: { name, sizeBytes: bytes.length, chunkCount }, bytes, chunkBytes };
}
