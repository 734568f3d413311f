import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { imageService, METHODS, type MethodName } from '../src/image-service.ts';

/** Lets a server listen on a unix socket; disposing it breaks all calls. */
export async function serve(socket: string, register: (server: Server) => void): Promise<Disposable> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  register(server);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return { [Symbol.dispose]: () => server.forceShutdown() };
}

export type Answer = (
  name: MethodName,
  call: ServerUnaryCall<Buffer, Buffer>,
  answer: sendUnaryData<Buffer>,
) => void;

/** An image service whose every method is the same function: what containerd is to the proxy. */
export function imageServiceOf(answer: Answer): (server: Server) => void {
  const handlers = METHODS.map((name) => [
    name,
    (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => answer(name, call, done),
  ]);
  return (server) => server.addService(imageService, Object.fromEntries(handlers));
}
