import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { SnapshotterError } from '@sluice/snapshotter-core';

type Call = Pick<
  ServerUnaryCall<object, object> | ServerWritableStream<object, object>,
  'cancelled' | 'once'
>;

/** Made once: grpc-js says 'cancelled' of every call that has ended, and a stack costs as much as a small call. */
const CANCELLED = new SnapshotterError('CANCELLED', 'the client cancelled the call, or its time was over');

/** A signal that is aborted when nobody waits for the answer any more. */
export function callSignal(call: Call): AbortSignal {
  const controller = new AbortController();
  const cancel = () => controller.abort(CANCELLED);
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  return controller.signal;
}
