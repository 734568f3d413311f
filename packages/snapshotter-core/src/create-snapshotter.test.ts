import {
  createMemoryDirsData,
  createMemoryLayerDirs,
  createMemoryMetaData,
  createMemoryMetaStore,
  snapshotterSuite,
} from '@sluice/testkit/core';

snapshotterSuite('in memory', async () => {
  const metaData = createMemoryMetaData();
  const dirsData = createMemoryDirsData();
  const open = () => ({ meta: createMemoryMetaStore(metaData), dirs: createMemoryLayerDirs(dirsData) });
  return {
    ...open(),
    mounted: dirsData.mounted,
    reopen: async () => open(),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
