import type { GrpcStatus } from '../../../service/grpc-status.ts';
import { encodeHeaders } from '../hpack/encode-headers.ts';
import { ACCEPTED_ENCODINGS, isAccepted } from './decompress.ts';
import { encodeTrailersOnly } from './encode-trailers.ts';
import { parseTimeout } from './parse-timeout.ts';
import { MAX_HEADER_LIST_BYTES, type RequestHead } from './request-head.ts';

/**
 * What to answer to a request that cannot be one of gRPC, before its method is looked up.
 *
 * @returns a header block that is all of the answer; undefined where nothing is wrong
 */
export function refuseHead(head: RequestHead): Buffer | undefined {
  if (head.isTooLarge) {
    const details = `the headers of the request have more than ${MAX_HEADER_LIST_BYTES} bytes`;
    return encodeTrailersOnly({ code: 'RESOURCE_EXHAUSTED', details });
  }
  if (head.method !== 'POST') return encodeHeaders([[':status', '405']]);
  if (!/^application\/grpc($|[+; ])/.test(head.contentType)) return encodeHeaders([[':status', '415']]);
  if (!isAccepted(head.encoding)) return unknownEncoding(head.encoding);
  if (head.timeout !== undefined && parseTimeout(head.timeout) === undefined) {
    return encodeTrailersOnly(internal('the header grpc-timeout is no time'));
  }
  return undefined;
}

function internal(details: string): GrpcStatus {
  return { code: 'INTERNAL', details };
}

/** Source: grpc's doc/compression.md: the client is to learn what it may use. */
function unknownEncoding(encoding: string): Buffer {
  const details = `messages compressed by ${JSON.stringify(encoding.slice(0, 64))} are not understood`;
  const accepted = ['grpc-accept-encoding', ACCEPTED_ENCODINGS] as const;
  return encodeTrailersOnly({ code: 'UNIMPLEMENTED', details }, [accepted]);
}
