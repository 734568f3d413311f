import type {
  LayerDirs,
  Mount,
  SnapshotDirs,
  SnapshotKind,
  StagedDir,
  Usage,
} from '@sluice/snapshotter-core';
import type { Intercept } from './intercept.ts';

/** What outlives a `LayerDirs`: give it to the next one to play a restart. */
export interface MemoryDirsData {
  readonly staged: Map<string, MemoryDir>;
  readonly published: Map<number, MemoryDir>;
  /** Where something is mounted; shared with the in-memory file system. */
  readonly mounted: Set<string>;
  lastStaged: number;
}

export interface MemoryDir {
  readonly kind: SnapshotKind;
  readonly parentId: number | undefined;
  /** Tests may set it: what `usage` says. */
  usage: Usage;
}

/** A `LayerDirs` in memory that also lets tests look at what is there. */
export interface MemoryLayerDirs extends LayerDirs {
  readonly data: MemoryDirsData;
  /** How often `usage` walked. */
  readonly walks: number;
}

const ROOT = '/memory/snapshots';

export function createMemoryDirsData(): MemoryDirsData {
  return { staged: new Map(), published: new Map(), mounted: new Set(), lastStaged: 0 };
}

export function createMemoryLayerDirs(
  data: MemoryDirsData = createMemoryDirsData(),
  intercept: Intercept = () => undefined,
): MemoryLayerDirs {
  let walks = 0;
  const owned = new Set<string>();
  const contentPath = (id: number) => `${ROOT}/${id}/fs`;
  return {
    data,
    get walks() {
      return walks;
    },
    async stage({ kind, parentId }, options) {
      options?.signal?.throwIfAborted();
      await intercept('dirs.stage');
      if (parentId !== undefined && !data.published.has(parentId)) {
        throw new Error(`${contentPath(parentId)} does not exist`);
      }
      const name = `new-${++data.lastStaged}`;
      owned.add(name);
      data.staged.set(name, makeDir(kind, parentId));
      return { name };
    },
    async publish(staged, id) {
      await intercept('dirs.publish');
      if (data.published.has(id)) throw new Error(`${ROOT}/${id} exists already`);
      data.published.set(id, takeStaged(data, staged));
      owned.delete(staged.name);
    },
    async flush(id) {
      await intercept('dirs.flush');
      if (!data.published.has(id)) throw new Error(`${contentPath(id)} does not exist`);
    },
    async discard(staged) {
      await intercept('dirs.discard');
      data.staged.delete(staged.name);
      owned.delete(staged.name);
    },
    async ensure(id, { kind, parentId }) {
      await intercept('dirs.ensure');
      if (!data.published.has(id)) data.published.set(id, makeDir(kind, parentId));
    },
    contentPath,
    mountsOf: (snapshot) => mountsOf(snapshot, contentPath),
    async usage(id, options) {
      options?.signal?.throwIfAborted();
      await intercept('dirs.usage');
      walks++;
      const dir = data.published.get(id);
      if (!dir) throw new Error(`${contentPath(id)} does not exist`);
      if (data.mounted.has(contentPath(id))) throw new Error(`${contentPath(id)} is a mount, and was walked`);
      return dir.usage;
    },
    async remove(id, options) {
      options?.signal?.throwIfAborted();
      await intercept('dirs.remove');
      if (data.mounted.has(contentPath(id))) throw new Error(`${contentPath(id)} is a mount`);
      data.published.delete(id);
    },
    async list() {
      await intercept('dirs.list');
      return {
        ids: new Set(data.published.keys()),
        orphans: [...data.staged.keys()].filter((name) => !owned.has(name)),
      };
    },
    async removeOrphan(name, options) {
      options?.signal?.throwIfAborted();
      if (!name.startsWith('new-')) throw new Error(`${name} is no orphan`);
      await intercept('dirs.removeOrphan');
      data.staged.delete(name);
    },
  };
}

function makeDir(kind: SnapshotKind, parentId: number | undefined): MemoryDir {
  return { kind, parentId, usage: { sizeBytes: 4096, inodes: 1 } };
}

function takeStaged(data: MemoryDirsData, { name }: StagedDir): MemoryDir {
  const dir = data.staged.get(name);
  if (!dir) throw new Error(`${name} is not staged`);
  data.staged.delete(name);
  return dir;
}

function mountsOf(
  { id, kind, parentIds }: SnapshotDirs,
  contentPath: (id: number) => string,
): readonly Mount[] {
  const isActive = kind === 'active';
  if (parentIds.length === 0) return [bind(contentPath(id), isActive ? 'rw' : 'ro')];
  if (parentIds.length === 1 && !isActive) return [bind(contentPath(parentIds[0]!), 'ro')];
  const upper = isActive ? [`upperdir=${contentPath(id)}`, `workdir=${ROOT}/${id}/work`] : [];
  const options = [...upper, `lowerdir=${parentIds.map(contentPath).join(':')}`];
  return [{ type: 'overlay', source: 'overlay', target: '', options }];
}

function bind(source: string, mode: 'ro' | 'rw'): Mount {
  return { type: 'bind', source, target: '', options: [mode, 'rbind'] };
}
