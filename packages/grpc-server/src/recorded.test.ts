import { createMemorySnapshotter } from '@sluice/testkit/core';
import { recordedSuite } from '../test/recorded-suite.ts';

recordedSuite('in memory', async (intercept) => {
  const { snapshotter, data } = createMemorySnapshotter({ intercept });
  const { mounted, published, staged } = data.dirs;
  return {
    snapshotter,
    mounted,
    countDirs: async () => published.size + staged.size,
    [Symbol.asyncDispose]: () => snapshotter.close(),
  };
});
