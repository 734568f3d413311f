import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { SnapshotterError } from '@sluice/snapshotter-core';

/**
 * A request that is decoded when it is asked for, by whoever tells the client of failures: grpc-js would call a
 * request that it cannot decode INTERNAL.
 *
 * @throws SnapshotterError INVALID_ARGUMENT; also for text that is not UTF-8
 */
export type ReceivedRequest = () => object;

export function receiveRequest(schema: DescMessage, bytes: Uint8Array): ReceivedRequest {
  return () => {
    try {
      return fromBinary(schema, bytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SnapshotterError('INVALID_ARGUMENT', `this is not a valid ${schema.name}: ${why}`, { cause });
    }
  };
}
