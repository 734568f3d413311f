import { SnapshotterError, type SnapshotterErrorCode } from '@sluice/snapshotter-core';
import type { GrpcStatus, StatusName } from './grpc-status.ts';

/** The one table of codes; containerd turns each back into the error class of the same name (errdefs). */
const codes: Readonly<Record<SnapshotterErrorCode, StatusName>> = {
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  FAILED_PRECONDITION: 'FAILED_PRECONDITION',
  UNAVAILABLE: 'UNAVAILABLE',
  RESOURCE_EXHAUSTED: 'RESOURCE_EXHAUSTED',
  UNIMPLEMENTED: 'UNIMPLEMENTED',
  CANCELLED: 'CANCELLED',
  INTERNAL: 'INTERNAL',
};

/**
 * Details travel in an HTTP/2 header, percent-encoded: nine bytes for a three-byte character. Clients in Go and in
 * Node refuse headers beyond 64 KiB, and with them the whole connection's call.
 */
const MAX_DETAILS_LENGTH = 4096;

/**
 * Says an error in gRPC's terms. Errors that are not the snapshotter's own say nothing of themselves to the
 * client: their messages may hold what only the log should.
 */
export function toGrpcStatus(error: unknown): GrpcStatus {
  if (error instanceof SnapshotterError) {
    return { code: codes[error.code], details: fitForHeader(error.message) };
  }
  return { code: 'INTERNAL', details: 'internal error of sluiced: its log says more' };
}

/** Half of a character, where a message was cut, would make the encoding throw. */
function fitForHeader(message: string): string {
  const cut = message.length > MAX_DETAILS_LENGTH ? `${message.slice(0, MAX_DETAILS_LENGTH)}...` : message;
  return cut.toWellFormed();
}
