import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { type SnapshotKind, SnapshotterError } from '@sluice/snapshotter-core';
import { errorCode, unlessCode } from './error-code.ts';
import { syncDirectory } from './sync-directory.ts';

/** Owner and permission bits of a layer's root directory, which become those of a container's `/`. */
export interface LayerOwner {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
}

const PERMISSION_BITS = 0o7777;
/** Of a layer's root that has nobody to take it from. */
export const FS_MODE = 0o755;
const WORK_MODE = 0o711;

/**
 * Makes the directory of a layer with what is missing of `fs` and, for active snapshots, `work`. What exists
 * is not looked into: `fs` may be a mount point whose server is gone.
 *
 * @param ownerOf says whose `fs` is to be, if it has to be made; undefined: this process's, and 0755
 * @returns whether anything had to be made
 */
export async function makeLayerDirectory(
  path: string,
  kind: SnapshotKind,
  ownerOf: () => Promise<LayerOwner | undefined>,
): Promise<boolean> {
  const madeTop = await makeDirectory(path, 0o700);
  const madeFs = await makeDirectory(`${path}/fs`, FS_MODE);
  const owner = madeFs ? await ownerOf() : undefined;
  if (owner !== undefined) await setOwner(`${path}/fs`, owner);
  const madeWork = kind === 'active' && (await makeDirectory(`${path}/work`, WORK_MODE));
  return madeTop || madeFs || madeWork;
}

/** Writes a layer's directory to the disk, as far as `makeLayerDirectory` made it. */
export async function syncLayerDirectory(path: string): Promise<void> {
  await Promise.all([syncDirectory(path), syncDirectory(`${path}/fs`)]);
}

/**
 * The owner of a layer's root, as its children are to have it.
 *
 * @param id for the message
 * @throws SnapshotterError UNAVAILABLE where it cannot be reached, as that of a remote layer that is not
 *   mounted
 */
export async function layerOwner(fsPath: string, id: number): Promise<LayerOwner> {
  try {
    const { uid, gid, mode } = await stat(fsPath);
    return { uid, gid, mode: mode & PERMISSION_BITS };
  } catch (cause) {
    const code = errorCode(cause) ?? 'unknown error';
    const what = `the content of parent snapshot ${id} cannot be reached at ${fsPath} (${code})`;
    throw new SnapshotterError('UNAVAILABLE', `${what}; a restart of sluiced mounts it again`, { cause });
  }
}

/** @returns false if there was one. The umask does not count. */
async function makeDirectory(path: string, mode: number): Promise<boolean> {
  const made = await mkdir(path, { mode }).then(() => true, unlessCode('EEXIST'));
  if (made === undefined) return false;
  await chmod(path, mode);
  return true;
}

async function setOwner(path: string, { uid, gid, mode }: LayerOwner): Promise<void> {
  // In this order: chown takes setuid and setgid away.
  await chown(path, uid, gid);
  await chmod(path, mode);
}
