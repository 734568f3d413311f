import { status } from '@grpc/grpc-js';
import { SnapshotterError, type SnapshotterErrorCode } from '@sluice/snapshotter-core';

/** What a client is told of a call that failed. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
}

/** The one table of codes; containerd turns each back into the error class of the same name (errdefs). */
const codes: Readonly<Record<SnapshotterErrorCode, status>> = {
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  UNAVAILABLE: status.UNAVAILABLE,
  RESOURCE_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  UNIMPLEMENTED: status.UNIMPLEMENTED,
  CANCELLED: status.CANCELLED,
  INTERNAL: status.INTERNAL,
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
  return { code: status.INTERNAL, details: 'internal error of sluiced: its log says more' };
}

/** Half of a character, where a message was cut, would make the encoding throw. */
function fitForHeader(message: string): string {
  const cut = message.length > MAX_DETAILS_LENGTH ? `${message.slice(0, MAX_DETAILS_LENGTH)}...` : message;
  return cut.toWellFormed();
}
