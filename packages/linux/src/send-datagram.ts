import { checkResult } from './check-result.ts';
import { closeDescriptor } from './close-descriptor.ts';
import { Errno } from './errno.ts';
import { libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const socket: (domain: number, type: number, protocol: number) => number =
  libc.func('int socket(int, int, int)');
const sendTo: (
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
  address: Uint8Array,
  addressLength: number,
) => number = libc.func('int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)');

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un: u16 family | char path[108]; see unix(7). */
const FAMILY_BYTES = 2;
const MAX_PATH_BYTES = 108;

/**
 * Sends one datagram to a unix socket, and waits for nobody: a receiver that does not keep up is EAGAIN. The kernel
 * tells the receiver the sender's process.
 *
 * @param path of the socket; one that begins with '@' is in the abstract namespace
 * @throws LinuxError; ENOENT, ECONNREFUSED, EAGAIN, EMSGSIZE, ENAMETOOLONG
 */
export function sendDatagram(path: string, data: Uint8Array): void {
  const subject = () => `datagram to ${path}`;
  const address = socketAddress(path);
  const fd = checkResult(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', subject);
  try {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    checkResult(sendTo(fd, data, data.length, flags, address, address.length), 'sendto', subject);
  } finally {
    closeDescriptor(fd);
  }
}

function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length >= MAX_PATH_BYTES) throw new LinuxError('sendto', Errno.ENAMETOOLONG, path);
  const isAbstract = path.startsWith('@');
  // An abstract name is as long as it is; others end at a NUL.
  const address = Buffer.alloc(FAMILY_BYTES + name.length + (isAbstract ? 0 : 1));
  new DataView(address.buffer, address.byteOffset).setUint16(0, AF_UNIX, true);
  name.copy(address, FAMILY_BYTES);
  if (isAbstract) address[FAMILY_BYTES] = 0;
  return address;
}
