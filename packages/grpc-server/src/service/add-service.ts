import type { DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type { Server, UntypedHandleCall } from '@grpc/grpc-js';
import type { CallObserverDeps } from './call-observer.ts';
import { createServiceDefinition } from './create-service-definition.ts';
import { serveStream } from './serve-stream.ts';
import { serveUnary } from './serve-unary.ts';
import type { ServiceHandlers } from './service-handlers.ts';

/** Lets a grpc-js server answer a service of generated code by its handlers. */
export function addService<Methods extends GenServiceMethods>(
  deps: CallObserverDeps,
  added: { grpc: Server; service: GenService<Methods>; handlers: ServiceHandlers<Methods> },
): void {
  const service: DescService = added.service;
  // The types of `added` have made sure that each handler fits its method; grpc-js knows only objects.
  const handlers = added.handlers as unknown as Readonly<Record<string, never>>;
  const implementation: Record<string, UntypedHandleCall> = {};
  for (const { localName, name, methodKind } of service.methods) {
    const serve = methodKind === 'server_streaming' ? serveStream : serveUnary;
    implementation[localName] = serve(deps, name, handlers[localName]!) as UntypedHandleCall;
  }
  added.grpc.addService(createServiceDefinition(service), implementation);
}
