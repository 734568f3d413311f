import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { imageService, type MethodName } from '../src/image-service.ts';

/** A client as a kubelet is one, with messages as bytes. */
export interface ImageClient extends Disposable {
  /** Rejects with grpc-js's ServiceError. */
  call(name: MethodName, request: Uint8Array, options?: ImageCallOptions): Promise<Buffer>;
}

export interface ImageCallOptions {
  readonly metadata?: Metadata;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export function createImageClient(socket: string): ImageClient {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    call: (name, request, { metadata, deadlineMs, signal } = {}) =>
      new Promise((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = imageService[name];
        const done = (error: ServiceError | null, answer?: Buffer) =>
          error === null ? resolve(answer as Buffer) : reject(error);
        const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
        const bytes = Buffer.from(request);
        const call = metadata
          ? client.makeUnaryRequest(
              path,
              requestSerialize,
              responseDeserialize,
              bytes,
              metadata,
              options,
              done,
            )
          : client.makeUnaryRequest(path, requestSerialize, responseDeserialize, bytes, options, done);
        signal?.addEventListener('abort', () => call.cancel());
      }),
    [Symbol.dispose]: () => client.close(),
  };
}
