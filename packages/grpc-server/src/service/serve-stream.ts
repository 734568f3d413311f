import { once } from 'node:events';
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import type { CallOptions } from '@sluice/snapshotter-core';
import { type CallObserverDeps, observeCall } from './call-observer.ts';
import { callSignal } from './call-signal.ts';
import type { ReceivedRequest } from './received-request.ts';

/**
 * Answers calls of a method by an iterable of messages. The iterable is asked for no more than the client reads,
 * and is ended when the client leaves.
 */
export function serveStream(
  deps: CallObserverDeps,
  method: string,
  handler: (request: object, options: Required<CallOptions>) => AsyncIterable<object>,
): handleServerStreamingCall<ReceivedRequest, object> {
  return async (call) => {
    const observer = observeCall(deps, method);
    const signal = callSignal(call);
    try {
      for await (const message of handler(call.request(), { signal })) {
        signal.throwIfAborted();
        if (!call.write(message)) await once(call, 'drain', { signal });
      }
      observer.succeeded();
      call.end();
    } catch (error) {
      // grpc-js takes an error event for the status of the call.
      call.emit('error', observer.failed(error, signal));
    }
  };
}
