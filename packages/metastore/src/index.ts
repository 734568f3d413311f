export { createSqliteMetaStore, type SqliteMetaStoreOptions } from './create-sqlite-meta-store.ts';
export {
  type DatabaseReport,
  type DatabaseState,
  inspectDatabase,
} from './doctor/inspect-database.ts';
export { rebuildDatabase } from './doctor/rebuild-database.ts';
export { MetaStoreError, type MetaStoreErrorCode } from './meta-store-error.ts';
export type { SqliteMetaStore } from './sqlite-meta-store.ts';
