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

/** The shape in which messages are given to grpc-js, which does not look into them. */
export type ServiceMethod = MethodDefinition<object, object>;

/** Tells grpc-js's client about a service of generated code. Messages to be sent may be given as their initializers. */
export function createServiceDefinition(service: DescService): Record<string, ServiceMethod> {
  return Object.fromEntries(service.methods.map((method) => [method.localName, toServiceMethod(method)]));
}

function toServiceMethod({ parent, name, methodKind, input, output }: DescMethod): ServiceMethod {
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: false,
    responseStream: methodKind === 'server_streaming',
    requestSerialize: (message) => encode(input, message),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => encode(output, message),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

function encode(schema: DescMessage, message: object): Buffer {
  const bytes = toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
