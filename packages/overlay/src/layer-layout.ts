import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where everything lies:
 *
 *     <root>/snapshots/            0700
 *       12/                        a published snapshot, named by its id
 *         fs/                      its content: upper directory, or mount point of a remote layer
 *         work/                    overlayfs' work directory, for active snapshots
 *       new-4f0c2a9b1d3e/          staged, or a probe
 *       rm-12-8a6b04c1d2ef/        on its way out
 */
export interface LayerLayout {
  readonly root: string;
  /** `<root>/snapshots`. */
  readonly snapshots: string;
  dir(id: number): string;
  fs(id: number): string;
  work(id: number): string;
  /** The path of a staged directory or another orphan. */
  orphan(name: string): string;
}

/** @param root absolute */
export function createLayerLayout(root: string): LayerLayout {
  const snapshots = join(root, 'snapshots');
  const dir = (id: number) => `${snapshots}/${id}`;
  return {
    root,
    snapshots,
    dir,
    fs: (id) => `${dir(id)}/fs`,
    work: (id) => `${dir(id)}/work`,
    orphan: (name) => `${snapshots}/${name}`,
  };
}

/** A name for a directory that is to be published. */
export function newStagedName(): string {
  return `new-${randomBytes(6).toString('hex')}`;
}

/** A name for the directory of a removed snapshot. */
export function newRemovedName(id: number): string {
  return `rm-${id}-${randomBytes(6).toString('hex')}`;
}

/** Whether a directory's name is one that `newStagedName` or `newRemovedName` made. */
export function isOrphanName(name: string): boolean {
  return /^(new|rm-\d+)-[0-9a-f]{12}$/.test(name);
}

/** The id that a directory's name stands for; undefined for any other name. */
export function parseIdName(name: string): number | undefined {
  const id = /^(0|[1-9]\d*)$/.test(name) ? Number(name) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}
