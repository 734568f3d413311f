import { checkResult } from './check-result.ts';
import { libc } from './libc.ts';

const getsockopt: (fd: number, level: number, name: number, value: Uint8Array, size: Uint8Array) => number =
  libc.func('int getsockopt(int, int, int, void *, void *)');

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Who is at the other end of a unix socket, as it was when it connected. */
export interface PeerCredentials {
  /** 0 for a process outside this pid namespace. */
  readonly pid: number;
  /** 65534 for a user that this user namespace does not know. */
  readonly uid: number;
  readonly gid: number;
}

/**
 * Asks the kernel who is at the other end, by SO_PEERCRED; see unix(7).
 *
 * @param fd a connected stream socket of AF_UNIX
 * @throws LinuxError; ENOTSOCK
 */
export function getPeerCredentials(fd: number): PeerCredentials {
  // struct ucred { pid_t pid; uid_t uid; gid_t gid; }, each 32 bits in host order.
  const ucred = new Uint32Array(3);
  const size = Uint32Array.of(ucred.byteLength);
  const result = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytesOf(ucred), bytesOf(size));
  checkResult(result, 'getsockopt', () => `descriptor ${fd}, SO_PEERCRED`);
  return { pid: ucred[0]! | 0, uid: ucred[1]!, gid: ucred[2]! };
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}
