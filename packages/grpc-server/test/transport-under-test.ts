import type { SnapshotsServerOptions } from '../src/index.ts';

/** Which transport the servers of tests use; tests over all of them set it before they import the others. */
export const transportUnderTest: { name: NonNullable<SnapshotsServerOptions['transport']> } = {
  name: 'native',
};
