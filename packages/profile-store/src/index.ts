export {
  createSqliteProfileStore,
  type SqliteProfileStore,
  type SqliteProfileStoreOptions,
} from './create-sqlite-profile-store.ts';
