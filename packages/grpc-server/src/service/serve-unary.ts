import type { handleUnaryCall } from '@grpc/grpc-js';
import type { CallOptions } from '@sluice/snapshotter-core';
import { type CallObserverDeps, observeCall } from './call-observer.ts';
import { callSignal } from './call-signal.ts';
import type { ReceivedRequest } from './received-request.ts';

/** Answers calls of a method by a function that returns a promise. */
export function serveUnary(
  deps: CallObserverDeps,
  method: string,
  handler: (request: object, options: Required<CallOptions>) => Promise<object>,
): handleUnaryCall<ReceivedRequest, object> {
  return async (call, callback) => {
    const observer = observeCall(deps, method);
    const signal = callSignal(call);
    try {
      const answer = await handler(call.request(), { signal });
      observer.succeeded();
      callback(null, answer);
    } catch (error) {
      callback(observer.failed(error, signal));
    }
  };
}
