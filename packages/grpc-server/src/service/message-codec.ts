import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { SnapshotterError } from '@sluice/snapshotter-core';

/** How a method's messages are bytes. */
export interface MessageCodec {
  /** @throws SnapshotterError INVALID_ARGUMENT for bytes that are no such message, also for text that is not UTF-8 */
  decodeRequest(bytes: Uint8Array): object;
  /** @param answer a message, an initializer of one, or its bytes, which are left as they are */
  encodeAnswer(answer: object): Uint8Array;
}

/** By generated code. */
export function createMessageCodec({ input, output }: DescMethod): MessageCodec {
  return {
    decodeRequest: (bytes) => decode(input, bytes),
    encodeAnswer: (answer) =>
      answer instanceof Uint8Array
        ? answer
        : toBinary(output, create(output, answer as MessageInitShape<DescMessage>)),
  };
}

function decode(schema: DescMessage, bytes: Uint8Array): object {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SnapshotterError('INVALID_ARGUMENT', `this is not a valid ${schema.name}: ${why}`, { cause });
  }
}
