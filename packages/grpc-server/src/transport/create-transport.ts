import type { GrpcJsTransportOptions } from './grpc-js/create-grpc-js-transport.ts';
import type { GrpcTransport } from './grpc-transport.ts';
import { createNativeTransport } from './native/create-native-transport.ts';

/**
 * - `native`: our own, on sockets; the faster one.
 * - `grpc-js`: the library, on Node's HTTP/2.
 */
export type TransportName = 'native' | 'grpc-js';

/** Loads a library only where it is used. */
export async function createTransport(
  name: TransportName,
  options: GrpcJsTransportOptions,
): Promise<GrpcTransport> {
  if (name === 'native') return createNativeTransport(options);
  const { createGrpcJsTransport } = await import('./grpc-js/create-grpc-js-transport.ts');
  return createGrpcJsTransport(options);
}
