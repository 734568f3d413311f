import { constants } from 'node:fs';
import { cString, type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { type DeviceNumber, makeDevice } from './device-number.ts';
import { type CString, libc } from './libc.ts';

const call: (path: CString, mode: number, device: bigint) => number = libc.func(
  'int mknod(const void *, uint32_t, uint64_t)',
);

/** The type bits that `mknod` takes in its mode. */
export const NodeType = {
  FIFO: constants.S_IFIFO,
  CHARACTER: constants.S_IFCHR,
  BLOCK: constants.S_IFBLK,
  REGULAR: constants.S_IFREG,
  SOCKET: constants.S_IFSOCK,
} as const;

/**
 * Makes a device, fifo, socket or empty regular file, by mknod(2).
 *
 * @param mode a `NodeType` or-ed with permission bits, from which the umask is taken away
 * @param device for CHARACTER and BLOCK; a character device 0:0 is overlayfs' whiteout
 * @throws LinuxError; EPERM without CAP_MKNOD
 */
export function mknod(path: Path, mode: number, device: DeviceNumber = { major: 0, minor: 0 }): void {
  const result = call(cString(path, 'mknod'), mode, makeDevice(device));
  checkResult(result, 'mknod', () => showPath(path));
}
