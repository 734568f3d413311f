import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type { CallOptions } from '@sluice/snapshotter-core';
import type { RpcMethod } from '../transport/rpc-method.ts';
import { type CallObserverDeps, observeCall } from './call-observer.ts';
import { createMessageCodec } from './message-codec.ts';
import type { ServiceHandlers } from './service-handlers.ts';

type UnaryHandler = (request: object, options: Required<CallOptions>) => Promise<object>;
type StreamHandler = (request: object, options: Required<CallOptions>) => AsyncIterable<object>;

/** The methods of a service of generated code, answered by its handlers, for a transport to serve. */
export function createRpcMethods<Methods extends GenServiceMethods>(
  deps: CallObserverDeps,
  service: GenService<Methods>,
  handlers: ServiceHandlers<Methods>,
): RpcMethod[] {
  const { methods }: DescService = service;
  // The types have made sure that each handler fits its method.
  const byName = handlers as unknown as Readonly<Record<string, UnaryHandler & StreamHandler>>;
  return methods.map((method) => {
    const serve = method.methodKind === 'server_streaming' ? serveStream : serveUnary;
    return {
      path: `/${method.parent.typeName}/${method.name}`,
      isStreaming: method.methodKind === 'server_streaming',
      call: serve(deps, method, byName[method.localName]!),
    };
  });
}

function serveUnary(deps: CallObserverDeps, method: DescMethod, handler: UnaryHandler): RpcMethod['call'] {
  const codec = createMessageCodec(method);
  return async (request, exchange) => {
    const observer = observeCall(deps, method.name);
    const { signal } = exchange;
    try {
      const answer = await handler(codec.decodeRequest(request), { signal });
      exchange.send(codec.encodeAnswer(answer));
      return observer.succeeded();
    } catch (error) {
      return observer.failed(error, signal);
    }
  };
}

/** The iterable is asked for no more than the client reads, and is ended when the client leaves. */
function serveStream(deps: CallObserverDeps, method: DescMethod, handler: StreamHandler): RpcMethod['call'] {
  const codec = createMessageCodec(method);
  return async (request, exchange) => {
    const observer = observeCall(deps, method.name);
    const { signal } = exchange;
    try {
      for await (const message of handler(codec.decodeRequest(request), { signal })) {
        signal.throwIfAborted();
        await exchange.send(codec.encodeAnswer(message));
      }
      signal.throwIfAborted();
      return observer.succeeded();
    } catch (error) {
      return observer.failed(error, signal);
    }
  };
}
