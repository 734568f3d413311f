export type { BlobReader, BlobReadOptions } from './blob-reader.ts';
export {
  chunkAt,
  chunkRange,
  chunkSize,
  contentChunks,
  contentOfChunk,
  contentOfInode,
} from './chunk-queries.ts';
export { decodeChunk } from './decode-chunk.ts';
export { decodeLayerIndex } from './decode-layer-index.ts';
export { encodeLayerIndex } from './encode-layer-index.ts';
export { createEstargzFormat, type EstargzOptions } from './estargz/create-estargz-format.ts';
export type { EstargzLimits } from './estargz/estargz-limits.ts';
export { LayerError, type LayerErrorCode } from './layer-error.ts';
export type { LayerFormat, LayerHints } from './layer-format.ts';
export type { ChunkColumns, ContentColumns, EntryColumns, InodeColumns, LayerIndex } from './layer-index.ts';
export { openLayerIndex } from './open-layer-index.ts';
