import { rawWrite } from '@sluice/linux';

/** Source: include/uapi/linux/fuse.h, `enum fuse_notify_code`. */
const FUSE_NOTIFY_RESEND = 7;

/**
 * Asks the kernel to send again what an earlier server has read and not answered (Linux 6.9).
 *
 * ```
 *   fuse_out_header   u32 len = 16 | i32 code | u64 unique = 0: a notification
 * ```
 *
 * @returns false where the kernel does not know of that
 */
export function askForRequests(device: number): boolean {
  const notification = new DataView(new ArrayBuffer(16));
  notification.setUint32(0, 16, true);
  notification.setInt32(4, FUSE_NOTIFY_RESEND, true);
  return rawWrite(device, new Uint8Array(notification.buffer), 0, 16) >= 0;
}
