import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { SnapshotterError } from '@sluice/snapshotter-core';

type Call = Pick<
  ServerUnaryCall<object, object> | ServerWritableStream<object, object>,
  'cancelled' | 'once'
>;

/** A signal that is aborted when nobody waits for the answer any more. */
export function callSignal(call: Call): AbortSignal {
  const controller = new AbortController();
  const cancel = () =>
    controller.abort(
      new SnapshotterError('CANCELLED', 'the client cancelled the call, or its time was over'),
    );
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  return controller.signal;
}
