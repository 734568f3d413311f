import { Client, credentials, type handleUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { createCredentialFile } from './credential-file.ts';
import { type CredentialMemory, createCredentialMemory } from './credential-memory.ts';
import type { CriProxy } from './cri-proxy.ts';
import { forwardCall } from './forward-call.ts';
import { imageService, METHODS, type MethodName } from './image-service.ts';
import type { Logger } from './logger.ts';
import { readPullRequest } from './read-pull-request.ts';

export interface CriProxyOptions {
  /** Absolute path of containerd's socket. It need not be there yet: calls are UNAVAILABLE until it is. */
  readonly backend: string;
  /** Keep what is learned in this file too (mode 0600), for the next start. Default: in memory only. */
  readonly rememberPath?: string | undefined;
}

/** Long enough not to be a burden while containerd is down, short enough for a kubelet that waits for it. */
const RECONNECT_MS = { initial: 200, max: 5000 };

/** Makes a proxy. It connects at the first call. */
export function createCriProxy(
  { logger }: { readonly logger: Logger },
  { backend, rememberPath }: CriProxyOptions,
): CriProxy {
  const file = rememberPath === undefined ? undefined : createCredentialFile(rememberPath, logger);
  const memory = createCredentialMemory(file);
  const client = new Client(`unix:${backend}`, credentials.createInsecure(), {
    // Lists of images are long; those who asked have their own limits.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.initial,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS.max,
    'grpc.enable_channelz': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  const handle =
    (name: MethodName): handleUnaryCall<Buffer, Buffer> =>
    (call, answer) => {
      // Before containerd has it: the layers are asked for while it pulls.
      if (name === 'PullImage') learn(memory, call.request, logger);
      forwardCall(client, name, { call, answer, backend });
    };
  const handlers = Object.fromEntries(
    METHODS.map((name) => [name, handle(name)]),
  ) as UntypedServiceImplementation;
  return {
    credentials: memory,
    register: (server) => server.addService(imageService, handlers),
    [Symbol.dispose]: () => client.close(),
  };
}

function learn(memory: CredentialMemory, message: Uint8Array, logger: Logger): void {
  const pull = readPullRequest(message);
  if (pull?.auth === undefined) return;
  memory.learn(pull.image, pull.auth);
  logger.debug({ image: pull.image }, 'learned the credentials of an image');
}
