import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type SnapshotKind, SnapshotterError } from '@sluice/snapshotter-core';
import { errorCode } from './error-code.ts';

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
 * Synchronous: six calls that only change memory take 60 us, and five times as long through libuv's threads.
 *
 * @param owner of `fs`, if it has to be made; left out: this process and 0755
 */
export function makeLayerDirectory(path: string, kind: SnapshotKind, owner?: LayerOwner): void {
  makeDirectory(path, 0o700);
  const madeFs = makeDirectory(`${path}/fs`, FS_MODE);
  if (madeFs && owner !== undefined) setOwner(`${path}/fs`, owner);
  if (kind === 'active') makeDirectory(`${path}/work`, WORK_MODE);
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
function makeDirectory(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  // Most umasks take nothing away, and a look does not need the journal, as a change does.
  if ((lstatSync(path).mode & PERMISSION_BITS) !== mode) chmodSync(path, mode);
  return true;
}

function setOwner(path: string, { uid, gid, mode }: LayerOwner): void {
  // In this order: chown takes setuid and setgid away.
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}
