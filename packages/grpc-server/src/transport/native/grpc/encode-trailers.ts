import { type GrpcStatus, StatusCode } from '../../../service/grpc-status.ts';
import { encodeHeaders } from '../hpack/encode-headers.ts';

const CONTENT_TYPE = [':status 200', 'content-type application/grpc'];
const HEAD = CONTENT_TYPE.map((line) => line.split(' ') as [string, string]);

/** The headers that precede messages. */
export const RESPONSE_HEADERS = encodeHeaders(HEAD);

const OK_TRAILERS = encodeHeaders([['grpc-status', '0']]);

/** What follows the last message. */
export function encodeTrailers(status: GrpcStatus): Buffer {
  return status.code === 'OK' ? OK_TRAILERS : encodeHeaders(statusHeaders(status));
}

/** Headers and trailers in one, for a call that fails before any message. */
export function encodeTrailersOnly(
  status: GrpcStatus,
  more: readonly (readonly [string, string])[] = [],
): Buffer {
  return encodeHeaders([...HEAD, ...more, ...statusHeaders(status)]);
}

function statusHeaders({ code, details }: GrpcStatus): [string, string][] {
  const headers: [string, string][] = [['grpc-status', `${StatusCode[code]}`]];
  if (details !== '') headers.push(['grpc-message', percentEncode(details)]);
  return headers;
}

/** Source: PROTOCOL-HTTP2.md, "Responses": what is not printable ASCII, and the percent sign. */
function percentEncode(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (part) =>
    Buffer.from(part).reduce((all, byte) => `${all}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, ''),
  );
}
