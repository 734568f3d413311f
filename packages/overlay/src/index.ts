export { createOverlayDirs, type OverlayDirsOptions } from './create-overlay-dirs.ts';
export { listLayerDirs } from './list-layer-dirs.ts';
export { OverlayError, type OverlayErrorCode } from './overlay-error.ts';
export type { OverlayFeatures } from './overlay-features.ts';
