import { existsSync } from 'node:fs';
import { type FuseDriver, FuseError } from '@sluice/fuse';
import type { MountClient } from '../client/create-mount-client.ts';
import { createMemoryClient } from './create-memory-client.ts';
import { createMemoryMount, type MemoryMount } from './memory-mount.ts';

/**
 * Stands for a machine with FUSE: what its drivers mount, its clients see, and nobody else does. Everything happens in this
 * process, on the inode level, without a kernel: neither root nor /dev/fuse is needed.
 */
export interface MemoryMachine {
  /** Mountpoints must be directories of the real file system, as elsewhere; they stay empty. */
  createDriver(): FuseDriver;
  createClient(): MountClient;
}

export function createMemoryMachine(): MemoryMachine {
  const mounts = new Map<string, MemoryMount>();
  return {
    createDriver: () => createMemoryDriver(mounts),
    createClient: () => createMemoryClient(mounts),
  };
}

function createMemoryDriver(mounts: Map<string, MemoryMount>): FuseDriver {
  const own = new Set<MemoryMount>();
  let isClosed = false;

  const mount: FuseDriver['mount'] = async (mountpoint, source, options = {}) => {
    options.signal?.throwIfAborted();
    if (isClosed) throw new FuseError('CLOSED', `Cannot mount on ${mountpoint}: the driver is closed`);
    if (!existsSync(mountpoint))
      throw new FuseError('MOUNT_FAILED', `Cannot mount on ${mountpoint}: it needs an existing directory`);
    const made = createMemoryMount(mountpoint, source, () => {
      if (mounts.get(mountpoint) === made) mounts.delete(mountpoint);
      own.delete(made);
    });
    mounts.set(mountpoint, made);
    own.add(made);
    return made;
  };

  async function close(): Promise<void> {
    isClosed = true;
    for (const each of own) await each.unmount();
  }

  return { name: 'memory', mount, close, [Symbol.asyncDispose]: close };
}
