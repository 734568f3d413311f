export { type LayerDirsFixture, layerDirsSuite } from './layer-dirs-suite.ts';
