import { layerDirsSuite } from './layer-dirs-suite.ts';
import { createMemoryDirsData, createMemoryLayerDirs } from './memory-layer-dirs.ts';

layerDirsSuite('in memory', async () => {
  const data = createMemoryDirsData();
  return {
    dirs: createMemoryLayerDirs(data),
    async addFile(id, _name, sizeBytes) {
      const dir = data.published.get(id)!;
      dir.usage = { sizeBytes: dir.usage.sizeBytes + sizeBytes, inodes: dir.usage.inodes + 1 };
    },
    reopen: async () => createMemoryLayerDirs(data),
    async [Symbol.asyncDispose]() {
      data.published.clear();
    },
  };
});
