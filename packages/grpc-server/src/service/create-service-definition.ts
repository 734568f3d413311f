import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import { type ReceivedRequest, receiveRequest } from './received-request.ts';

/** The shape in which messages are given to grpc-js, which does not look into them. */
export interface ServiceMethod extends MethodDefinition<object, object> {
  readonly requestDeserialize: (bytes: Buffer) => ReceivedRequest;
}

/**
 * Tells grpc-js about a service of generated code, for servers and for clients. Messages to be sent may be given as
 * their initializers.
 */
export function createServiceDefinition(service: DescService): Record<string, ServiceMethod> {
  return Object.fromEntries(service.methods.map((method) => [method.localName, toServiceMethod(method)]));
}

function toServiceMethod({ parent, name, methodKind, input, output }: DescMethod): ServiceMethod {
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: (message) => encode(input, message),
    requestDeserialize: (bytes) => receiveRequest(input, bytes),
    responseSerialize: (message) => encode(output, message),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

function encode(schema: DescMessage, message: object): Buffer {
  const bytes = toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
