import { createMemoryMetaData, createMemoryMetaStore } from './memory-meta-store.ts';
import { metaStoreSuite } from './meta-store-suite.ts';

metaStoreSuite('in memory', async () => {
  const data = createMemoryMetaData();
  let store = createMemoryMetaStore(data);
  return {
    store,
    async reopen() {
      store[Symbol.dispose]();
      store = createMemoryMetaStore(data);
      return store;
    },
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
    },
  };
});
