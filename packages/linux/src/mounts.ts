import { readFileSync } from 'node:fs';
import type { MountInfo } from './mount-info.ts';
import { parseMountInfo } from './parse-mount-info.ts';

/** All mounts that this process sees, a mount always after the one it lies on. */
export function listMounts(): MountInfo[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo'));
}

export interface MountQuery {
  /**
   * An absolute path without symbolic links. It and what is below it count: '/a' holds '/a/b' but not '/ab'.
   */
  readonly below: string;
  /** Where to look; the mounts of this process if left out. */
  readonly among?: readonly MountInfo[];
}

/** The mounts at or below a path; unmount them in reverse order. */
export function findMounts({ below, among = listMounts() }: MountQuery): MountInfo[] {
  const path = withoutTrailingSlash(below);
  return among.filter(
    ({ mountPoint }) => mountPoint === path || mountPoint.startsWith(path === '/' ? '/' : `${path}/`),
  );
}

/**
 * The mount that a path shows, if it is a mount point: the topmost, where several are stacked.
 *
 * @param path absolute, without symbolic links
 */
export function mountAt(path: string, among: readonly MountInfo[] = listMounts()): MountInfo | undefined {
  const exact = withoutTrailingSlash(path);
  return among.findLast(({ mountPoint }) => mountPoint === exact);
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}
