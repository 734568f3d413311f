import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

const SERVICE = 'runtime.v1.ImageService';

/** The methods of runtime.v1.ImageService, all of them unary. */
export const METHODS = ['ListImages', 'ImageStatus', 'PullImage', 'RemoveImage', 'ImageFsInfo'] as const;

export type MethodName = (typeof METHODS)[number];

type RawMethod = MethodDefinition<Buffer, Buffer>;

/** The service with messages left as the bytes that they are, so that no version's field is lost on the way. */
export const imageService: ServiceDefinition & Readonly<Record<MethodName, RawMethod>> = Object.fromEntries(
  METHODS.map((name): [MethodName, RawMethod] => [
    name,
    {
      path: `/${SERVICE}/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  ]),
) as Record<MethodName, RawMethod>;

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
