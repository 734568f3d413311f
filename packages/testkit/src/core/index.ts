export { collect } from './collect.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export type { Intercept } from './intercept.ts';
export { type LayerDirsFixture, layerDirsSuite } from './layer-dirs-suite.ts';
export { createLogRecorder, type LogLine, type LogRecorder } from './log-recorder.ts';
export { createMemoryFileSystem, type MemoryFileSystem } from './memory-file-system.ts';
export {
  createMemoryDirsData,
  createMemoryLayerDirs,
  type MemoryDir,
  type MemoryDirsData,
  type MemoryLayerDirs,
} from './memory-layer-dirs.ts';
export {
  createMemoryMetaData,
  createMemoryMetaStore,
  type MemoryMetaData,
} from './memory-meta-store.ts';
export {
  createMemorySnapshotter,
  type MemoryData,
  type MemorySnapshotter,
  type MemorySnapshotterOptions,
} from './memory-snapshotter.ts';
export { type MetaStoreFixture, metaStoreSuite } from './meta-store-suite.ts';
export { newDir } from './new-dir.ts';
export { snapshotterSuite } from './snapshotter-suite/snapshotter-suite.ts';
export { layerLabels, type SnapshotterFixture } from './snapshotter-suite/suite-context.ts';
