import { createMemoryProfileStore } from './memory-profile-store.ts';
import { profileStoreSuite } from './profile-store-suite.ts';

profileStoreSuite('in memory', () => ({
  store: createMemoryProfileStore(3),
  maxProfiles: 3,
  [Symbol.dispose]: () => undefined,
}));
