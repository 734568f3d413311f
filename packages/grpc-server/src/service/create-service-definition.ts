import {
  create,
  type DescMessage,
  type DescService,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';

/** The shape in which messages are given to grpc-js, which does not look into them. */
type Method = MethodDefinition<object, object>;

/** Tells grpc-js about a service of generated code. Answers may be given as initializers of their messages. */
export function createServiceDefinition(service: DescService): Record<string, Method> {
  return Object.fromEntries(
    service.methods.map((method) => {
      const definition: Method = {
        path: `/${service.typeName}/${method.name}`,
        requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
        ...codecs('request', method.input),
        ...codecs('response', method.output),
      };
      return [method.localName, definition];
    }),
  );
}

function codecs<Role extends 'request' | 'response'>(role: Role, schema: DescMessage) {
  return {
    [`${role}Serialize`]: (message: object) => {
      const bytes = toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    [`${role}Deserialize`]: (bytes: Uint8Array) => fromBinary(schema, bytes),
  } as Record<`${Role}Serialize`, (message: object) => Buffer> &
    Record<`${Role}Deserialize`, (bytes: Uint8Array) => object>;
}
