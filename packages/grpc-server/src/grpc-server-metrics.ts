/** What one call came to. */
export interface CallReport {
  /** As in the .proto: 'Prepare'. */
  readonly method: string;
  /** The name of the gRPC status: 'OK', 'NOT_FOUND'. */
  readonly code: string;
  /** From the complete request to the end of the answer. */
  readonly durationMs: number;
}

/** Counts calls. Must be quick and must not throw. */
export interface GrpcServerMetrics {
  callDone(report: CallReport): void;
}
