import type { CallOptions } from '../call-options.ts';
import type { Labels } from '../labels.ts';
import type { Mount } from '../mount.ts';
import type { SnapshotKind } from '../snapshot-kind.ts';
import type { Usage } from '../usage.ts';

/**
 * The directories behind snapshots, one a snapshot, named by its id, and the mounts that stack them.
 *
 * Directories are staged before their snapshot is recorded and published under its id afterwards, so that a
 * crash in between leaves either a staged directory nobody knows (removed by the next sweep) or a recorded
 * snapshot whose directory `ensure` makes anew.
 */
export interface LayerDirs {
  /**
   * Makes an empty directory for a snapshot to be, under a name that no snapshot has. The root of its content
   * takes owner, group and mode from the content of `parentId`, where there is one; `ID_MAPPING_LABELS` say
   * another owner: what the container's root is outside.
   *
   * @throws SnapshotterError INVALID_ARGUMENT for mappings that are none
   */
  stage(snapshot: NewDir, options?: CallOptions): Promise<StagedDir>;

  /**
   * Moves a staged directory to its id, in one step. On failure the staged directory remains. Before `flush`, a power
   * loss may take the directory, as a whole: then `ensure` makes the same again.
   */
  publish(staged: StagedDir, id: number): Promise<void>;

  /** Resolves when the directory of a snapshot will be there after a power loss. What was written into it may not. */
  flush(id: number): Promise<void>;

  /** Removes a staged directory that is not needed. Never throws for one that is gone. */
  discard(staged: StagedDir): Promise<void>;

  /** Makes the directory of a recorded snapshot where it is missing, as `stage` would; else does nothing. */
  ensure(id: number, snapshot: NewDir): Promise<void>;

  /** The absolute path of the snapshot's own content: the upper directory, or where a remote layer is mounted. */
  contentPath(id: number): string;

  /** How the caller mounts a snapshot; pure: looks at nothing. */
  mountsOf(snapshot: SnapshotDirs): readonly Mount[];

  /** Disk usage of the snapshot's own content, found by a walk that never leaves its file system. */
  usage(id: number, options?: CallOptions): Promise<Usage>;

  /**
   * Takes the directory of a removed snapshot away and frees it; a missing one is no error. Refuses to
   * descend into a mount: unmount first.
   */
  remove(id: number, options?: CallOptions): Promise<void>;

  /**
   * The ids that have a directory, and the staged or half removed directories that nobody owns: neither those
   * that this instance has staged and not yet published or discarded, nor those that it is removing.
   */
  list(): Promise<DirList>;

  /** Removes what `list` called orphaned. */
  removeOrphan(name: string, options?: CallOptions): Promise<void>;
}

/** What the making of a directory needs to know. */
export interface NewDir {
  readonly kind: SnapshotKind;
  /** Of the direct parent, whose content can be reached now. */
  readonly parentId: number | undefined;
  readonly labels: Labels;
}

/** A staged directory; only `LayerDirs` looks inside. */
export interface StagedDir {
  readonly name: string;
}

/** What `mountsOf` needs to know. */
export interface SnapshotDirs {
  readonly id: number;
  readonly kind: SnapshotKind;
  /** The ids of the ancestors, the direct parent first, the base last. */
  readonly parentIds: readonly number[];
  readonly labels: Labels;
}

export interface DirList {
  readonly ids: ReadonlySet<number>;
  readonly orphans: readonly string[];
}
