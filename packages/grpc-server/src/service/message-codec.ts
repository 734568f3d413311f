import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { SnapshotterError } from '@sluice/snapshotter-core';
import { answerEncoders } from './encode-answers.ts';

/** How a method's messages are bytes. */
export interface MessageCodec {
  /** @throws SnapshotterError INVALID_ARGUMENT for bytes that are no such message, also for text that is not UTF-8 */
  decodeRequest(bytes: Uint8Array): object;
  /** @param answer a message, or an initializer of one */
  encodeAnswer(answer: object): Uint8Array;
}

/** By generated code, unless there is a quicker encoder. */
export function createMessageCodec({ input, output, localName }: DescMethod): MessageCodec {
  const encoder = answerEncoders[localName] as MessageCodec['encodeAnswer'] | undefined;
  return {
    decodeRequest: (bytes) => decode(input, bytes),
    encodeAnswer:
      encoder ?? ((answer) => toBinary(output, create(output, answer as MessageInitShape<DescMessage>))),
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
