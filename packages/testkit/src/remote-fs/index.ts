export { createMemoryProfileStore } from './memory-profile-store.ts';
export { profileOf } from './profile-of.ts';
export { type ProfileStoreFixture, profileStoreSuite } from './profile-store-suite.ts';
