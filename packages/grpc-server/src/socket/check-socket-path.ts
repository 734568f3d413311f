import { isAbsolute } from 'node:path';
import { GrpcServerError } from '../grpc-server-error.ts';

/** unix(7): sun_path has 108 bytes, one of them for the NUL at the end. Longer ones would be cut off silently. */
const MAX_PATH_BYTES = 107;

/** @throws GrpcServerError ADDRESS_INVALID */
export function checkSocketPath(path: string): void {
  const refuse = (why: string) => {
    throw new GrpcServerError('ADDRESS_INVALID', `cannot listen on ${JSON.stringify(path)}: ${why}`);
  };
  if (!isAbsolute(path)) refuse('give an absolute path, such as /run/sluice/sluice.sock');
  if (path.includes('\0')) refuse('a path cannot contain a NUL');
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes > MAX_PATH_BYTES) {
    refuse(
      `the path has ${sizeBytes} bytes, and a unix socket's at most ${MAX_PATH_BYTES}: choose a shorter one`,
    );
  }
}
