import { once } from 'node:events';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { type GrpcStatus, StatusCode } from '../../service/grpc-status.ts';
import { CANCELLED } from '../cancelled.ts';
import type { RpcMethod } from '../rpc-method.ts';

/** Lets a grpc-js server answer by methods that take bytes and give bytes. */
export function addMethods(server: Server, methods: readonly RpcMethod[]): void {
  const definitions: Record<string, MethodDefinition<Buffer, Uint8Array>> = {};
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const method of methods) {
    definitions[method.path] = define(method);
    handlers[method.path] = (method.isStreaming ? serveStream : serveUnary)(method) as UntypedHandleCall;
  }
  server.addService(definitions, handlers);
}

function define({ path, isStreaming }: RpcMethod): MethodDefinition<Buffer, Uint8Array> {
  return {
    path,
    requestStream: false,
    responseStream: isStreaming,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
    responseDeserialize: (bytes) => bytes,
  };
}

function serveUnary(method: RpcMethod): handleUnaryCall<Buffer, Uint8Array> {
  return async (call, callback) => {
    let answer: Uint8Array | undefined;
    const send = (message: Uint8Array) => {
      answer = message;
      return undefined;
    };
    const status = await method.call(call.request, { signal: signalOf(call), send });
    if (status.code === 'OK') callback(null, answer);
    else callback(toError(status));
  };
}

function serveStream(method: RpcMethod): handleServerStreamingCall<Buffer, Uint8Array> {
  return async (call) => {
    const signal = signalOf(call);
    const send = (message: Uint8Array) => (call.write(message) ? undefined : drained(call, signal));
    const status = await method.call(call.request, { signal, send });
    if (status.code === 'OK') call.end();
    // grpc-js takes an error event for the status of the call.
    else call.emit('error', toError(status));
  };
}

async function drained(call: ServerWritableStream<Buffer, Uint8Array>, signal: AbortSignal): Promise<void> {
  // The signal says why, to whoever waits.
  await once(call, 'drain', { signal }).catch(() => undefined);
}

function signalOf(
  call: ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>,
): AbortSignal {
  const controller = new AbortController();
  const cancel = () => controller.abort(CANCELLED);
  if (call.cancelled) cancel();
  else (call as ServerUnaryCall<Buffer, Uint8Array>).once('cancelled', cancel);
  return controller.signal;
}

function toError({ code, details }: GrpcStatus): { code: number; details: string } {
  return { code: StatusCode[code], details };
}
