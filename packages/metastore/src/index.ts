export { createSqliteMetaStore, type SqliteMetaStoreOptions } from './create-sqlite-meta-store.ts';
export { MetaStoreError, type MetaStoreErrorCode } from './meta-store-error.ts';
