import { gunzipSync, inflateSync } from 'node:zlib';
import type { GrpcStatus } from '../../../service/grpc-status.ts';

/** What clients are told that they may send. Answers are not compressed: they do not leave the machine. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

/**
 * Decompresses a message.
 *
 * @param encoding of the header grpc-encoding
 * @param maxBytes of the result
 * @returns the message, or how the call ends
 */
export function decompress(message: Buffer, encoding: string, maxBytes: number): Buffer | GrpcStatus {
  if (encoding === 'identity') {
    return { code: 'INTERNAL', details: 'a message is said to be compressed, but not how' };
  }
  try {
    const options = { maxOutputLength: maxBytes };
    return encoding === 'gzip' ? gunzipSync(message, options) : inflateSync(message, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return { code: 'RESOURCE_EXHAUSTED', details: `the request has more than ${maxBytes} bytes` };
    }
    return { code: 'INTERNAL', details: `the request cannot be decompressed: ${(error as Error).message}` };
  }
}

/** @param encoding of the header grpc-encoding */
export function isAccepted(encoding: string): boolean {
  return ACCEPTED_ENCODINGS.split(',').includes(encoding);
}
