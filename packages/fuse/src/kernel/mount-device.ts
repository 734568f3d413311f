import { closeSync, constants, openSync } from 'node:fs';
import { MountFlag, mount } from '@sluice/linux';
import { FuseError } from '../fuse-error.ts';

/**
 * Opens a connection to the kernel and mounts it. The kernel's first request waits on it then; until that is
 * answered, everyone who touches the mountpoint waits.
 *
 * @returns the descriptor, non-blocking; the caller's to close, which ends the mount's service
 * @throws FuseError MOUNT_FAILED
 */
export function mountDevice(mountpoint: string, fsname: string): number {
  const device = openDevice(mountpoint);
  try {
    mount({
      source: fsname,
      target: mountpoint,
      type: `fuse.${fsname.replace(/[^\w-]/g, '_')}`,
      // Device nodes and set-uid programs work, as they do on any root file system.
      flags: MountFlag.RDONLY,
      data: `fd=${device},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions`,
    });
    return device;
  } catch (cause) {
    closeSync(device);
    throw new FuseError(
      'MOUNT_FAILED',
      `Cannot mount FUSE on ${mountpoint}: ${(cause as Error).message}. It needs root and an existing directory.`,
      { cause },
    );
  }
}

function openDevice(mountpoint: string): number {
  try {
    return openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK);
  } catch (cause) {
    throw new FuseError(
      'MOUNT_FAILED',
      `Cannot mount FUSE on ${mountpoint}: /dev/fuse cannot be opened (${(cause as Error).message}). Load the module with "modprobe fuse", or give the container the device.`,
      { cause },
    );
  }
}
