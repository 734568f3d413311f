/**
 * The steps from an empty database to the current schema; step n leads to version n (PRAGMA user_version). Steps
 * that were released are never changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE snapshots (
    -- AUTOINCREMENT: an id is not used again after its snapshot is removed; directories are named by it
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES snapshots (id),
    kind TEXT NOT NULL CHECK (kind IN ('active', 'view', 'committed')),
    -- an object of strings in JSON
    labels TEXT NOT NULL,
    -- the value of the label containerd.io/snapshot.ref, for its index
    target TEXT,
    -- nanoseconds since 1970, UTC
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    remote INTEGER NOT NULL DEFAULT 0,
    not_lazy TEXT,
    size_bytes INTEGER,
    inodes INTEGER
  ) STRICT;
  CREATE INDEX snapshots_by_parent ON snapshots (parent_id) WHERE parent_id IS NOT NULL;
  CREATE INDEX snapshots_by_target ON snapshots (target, parent_id) WHERE target IS NOT NULL;
  `,
  `
  -- of a remote snapshot: the labels it was mounted with, where they are not those in labels any more
  ALTER TABLE snapshots ADD COLUMN layer_labels TEXT;
  `,
];
