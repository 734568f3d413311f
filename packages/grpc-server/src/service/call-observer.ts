import type { Logger } from '@sluice/snapshotter-core';
import type { GrpcServerMetrics } from '../grpc-server-metrics.ts';
import { type GrpcStatus, OK, type StatusName } from './grpc-status.ts';
import { toGrpcStatus } from './to-grpc-status.ts';

export interface CallObserverDeps {
  readonly logger: Logger;
  readonly metrics?: GrpcServerMetrics | undefined;
}

/** Tells log and metrics about one call, once. Both return what to tell the client. */
export interface CallObserver {
  succeeded(): GrpcStatus;
  failed(error: unknown, signal: AbortSignal): GrpcStatus;
}

export function observeCall(deps: CallObserverDeps, method: string): CallObserver {
  const startedMs = performance.now();
  const report = (code: StatusName, failure?: { err: unknown }) => {
    const durationMs = performance.now() - startedMs;
    deps.metrics?.callDone({ method, code, durationMs });
    const fields = { method, code, durationMs, ...failure };
    // Everything else is an answer to what the client has asked for.
    if (code === 'INTERNAL') deps.logger.error(fields, 'a call failed for a reason of ours');
    else deps.logger.debug(fields, 'call done');
  };
  return {
    succeeded() {
      report('OK');
      return OK;
    },
    failed(err, signal) {
      const answer = toGrpcStatus(signal.aborted ? signal.reason : err);
      report(answer.code, { err });
      return answer;
    },
  };
}
