export { brokenEstargz, type EstargzDefect, estargzDefects } from './broken-estargz.ts';
export { buildEstargz, type EstargzBlob } from './build-estargz.ts';
export { buildEstargzFile, type EstargzFile } from './build-estargz-file.ts';
export { buildTarGzip, type TarGzip } from './build-tar-gzip.ts';
export { describeLayer, type LayerNode } from './describe-layer.ts';
export { estargzFooter } from './estargz-footer.ts';
export type { EstargzBuildOptions, EstargzSummary } from './estargz-writer.ts';
export type { FileOnDisk, LayerFile, LayerFileMeta } from './layer-file.ts';
export {
  type Descriptor,
  type Image,
  type ImageDocument,
  type ImageLayer,
  makeImage,
  type RunConfig,
} from './make-image.ts';
export { createMemoryBlob, type MemoryBlob } from './memory-blob.ts';
export { scanDirectory } from './scan-directory.ts';
export type { TocEntryJson, TocJson } from './toc-json.ts';
