export type { BlobReader } from './blob-reader.ts';
export type { LayerFormat, LayerHints } from './layer-format.ts';
export type { ChunkColumns, ContentColumns, EntryColumns, InodeColumns, LayerIndex } from './layer-index.ts';
