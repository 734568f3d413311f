import { existsSync, renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import {
  type CallOptions,
  type DirList,
  type LayerDirs,
  type Mount,
  type NewDir,
  type SnapshotDirs,
  SnapshotterError,
  type StagedDir,
  type Usage,
} from '@sluice/snapshotter-core';
import { checkUnmounted } from './check-unmounted.ts';
import { diskUsage } from './disk-usage.ts';
import { errorCode, unlessCode } from './error-code.ts';
import { explainFailure } from './explain-failure.ts';
import { parseIdMapping } from './id-mapping.ts';
import { isMountPoint } from './is-mount-point.ts';
import { FS_MODE, type LayerOwner, layerOwner, makeLayerDirectory } from './layer-directory.ts';
import { isOrphanName, type LayerLayout, newRemovedName, newStagedName } from './layer-layout.ts';
import { listLayerDirs } from './list-layer-dirs.ts';
import { overlayMounts } from './overlay-mounts.ts';
import { removeEmptyLayer, removeLayer } from './remove-layer.ts';
import { syncDirectory } from './sync-directory.ts';

/** `LayerDirs` on a root directory that was found suitable; see `createOverlayDirs`. */
export class OverlayDirs implements LayerDirs {
  readonly #layout: LayerLayout;
  readonly #extraOptions: readonly string[];
  /** Names of staged directories that callers hold. */
  readonly #staged = new Set<string>();
  /** Names of directories that calls are removing. */
  readonly #removing = new Set<string>();

  /** @param extraOptions of every overlay, beside its directories */
  constructor(layout: LayerLayout, extraOptions: readonly string[]) {
    this.#layout = layout;
    this.#extraOptions = extraOptions;
  }

  async stage(snapshot: NewDir, options?: CallOptions): Promise<StagedDir> {
    options?.signal?.throwIfAborted();
    const owner = await this.#rootOwner(snapshot);
    const staged = { name: newStagedName() };
    this.#staged.add(staged.name);
    try {
      makeLayerDirectory(this.#layout.orphan(staged.name), snapshot.kind, owner);
      options?.signal?.throwIfAborted();
      return staged;
    } catch (error) {
      // What cannot be removed now is an orphan; the first error is the one to report.
      await this.discard(staged).catch(() => undefined);
      throw explainFailure(`a directory below ${this.#layout.snapshots} cannot be made`, error);
    }
  }

  async publish(staged: StagedDir, id: number): Promise<void> {
    const from = this.#layout.orphan(staged.name);
    const to = this.#layout.dir(id);
    try {
      renameSync(from, to);
    } catch (error) {
      throw explainFailure(`the directory of snapshot ${id} cannot be put in place at ${to}`, error);
    }
    this.#staged.delete(staged.name);
  }

  /**
   * File systems with a journal write it in order: with the last change of the directory, its move to its name, all that
   * came before is on the disk.
   */
  async flush(id: number): Promise<void> {
    const path = this.#layout.dir(id);
    try {
      await syncDirectory(path);
    } catch (error) {
      throw explainFailure(`the directory of snapshot ${id} cannot be written to the disk at ${path}`, error);
    }
  }

  async discard(staged: StagedDir): Promise<void> {
    try {
      await this.#removeUnreachable(staged.name);
    } finally {
      this.#staged.delete(staged.name);
    }
  }

  async ensure(id: number, snapshot: NewDir): Promise<void> {
    const path = this.#layout.dir(id);
    // In one step, as a crash on the way must not leave one that looks complete.
    if (!existsSync(path)) return this.#publishNew(id, snapshot);
    try {
      const owner = existsSync(this.#layout.fs(id)) ? undefined : await this.#rootOwner(snapshot);
      makeLayerDirectory(path, snapshot.kind, owner);
    } catch (error) {
      throw explainFailure(`the directory of snapshot ${id} cannot be made at ${path}`, error);
    }
  }

  contentPath(id: number): string {
    return this.#layout.fs(id);
  }

  mountsOf(snapshot: SnapshotDirs): readonly Mount[] {
    return overlayMounts(this.#layout, this.#extraOptions, snapshot);
  }

  async usage(id: number, options?: CallOptions): Promise<Usage> {
    const path = this.#layout.fs(id);
    options?.signal?.throwIfAborted();
    try {
      // A remote layer: nothing of it is here, and its server may be gone.
      if (isMountPoint(path)) return { sizeBytes: 0, inodes: 0 };
      return await diskUsage(path, options?.signal);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') {
        throw new SnapshotterError('NOT_FOUND', `snapshot ${id} has no directory ${path}`, { cause: error });
      }
      throw explainFailure(`the disk usage of ${path} cannot be found`, error);
    }
  }

  async remove(id: number, options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    const path = this.#layout.dir(id);
    // Cheap, and finds layers; the whole truth is looked up where nobody can mount anything more.
    if (isMountPoint(this.#layout.fs(id))) checkUnmounted(path);
    const name = newRemovedName(id);
    this.#removing.add(name);
    try {
      if (!(await renameIfThere(path, this.#layout.orphan(name)))) return;
      if (await removeEmptyLayer(this.#layout.orphan(name))) return;
      await this.#checkStillUnmounted(name, path);
      await removeLayer(this.#layout.orphan(name), options?.signal);
    } catch (error) {
      throw explainFailure(`the directory of snapshot ${id} cannot be removed`, error);
    } finally {
      this.#removing.delete(name);
    }
  }

  async list(): Promise<DirList> {
    const { ids, orphans } = await listLayerDirs(this.#layout.root);
    return { ids, orphans: orphans.filter((name) => !this.#staged.has(name) && !this.#removing.has(name)) };
  }

  async removeOrphan(name: string, options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    if (!isOrphanName(name) || this.#staged.has(name)) {
      throw new SnapshotterError(
        'INVALID_ARGUMENT',
        `${JSON.stringify(name)} is no orphaned layer directory`,
      );
    }
    this.#removing.add(name);
    try {
      await this.#removeUnreachable(name, options);
    } finally {
      this.#removing.delete(name);
    }
  }

  async #publishNew(id: number, snapshot: NewDir): Promise<void> {
    const staged = await this.stage(snapshot);
    try {
      await this.publish(staged, id);
    } catch (error) {
      await this.discard(staged).catch(() => undefined);
      throw error;
    }
  }

  /** Whose the root of a new snapshot is to be, and with which mode; undefined: nobody's in particular. */
  async #rootOwner({ parentId, labels }: NewDir): Promise<LayerOwner | undefined> {
    const root = parseIdMapping(labels)?.root;
    if (parentId === undefined) return root && { ...root, mode: FS_MODE };
    const inherited = await layerOwner(this.#layout.fs(parentId), parentId);
    return { ...inherited, ...root };
  }

  /** Removes a directory under a name that nobody mounts anything below. */
  async #removeUnreachable(name: string, options?: CallOptions): Promise<void> {
    const path = this.#layout.orphan(name);
    checkUnmounted(path);
    await removeLayer(path, options?.signal);
  }

  /** Something may have been mounted between the first look and the rename: then the directory goes back. */
  async #checkStillUnmounted(name: string, path: string): Promise<void> {
    const moved = this.#layout.orphan(name);
    try {
      checkUnmounted(moved);
    } catch (error) {
      await rename(moved, path);
      throw error;
    }
  }
}

/** @returns false if there was nothing to rename */
async function renameIfThere(from: string, to: string): Promise<boolean> {
  return (await rename(from, to).then(() => true, unlessCode('ENOENT'))) ?? false;
}
