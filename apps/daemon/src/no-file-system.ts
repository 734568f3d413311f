import { type FileSystem, NotLazyError } from '@sluice/snapshotter-core';

/**
 * Mounts nothing: with it, the daemon is an ordinary overlayfs snapshotter.
 *
 * @param why a sentence for the log: what is missing, and how to get it
 */
export function createNoFileSystem(why: string): FileSystem {
  const refuse = () => Promise.reject(new NotLazyError('mount-failed', why));
  return {
    mount: refuse,
    restore: refuse,
    check: refuse,
    unmount: async () => {},
    usage: () => ({ sizeBytes: 0, inodes: 0 }),
    [Symbol.asyncDispose]: async () => {},
  };
}
