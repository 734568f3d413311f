import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type { CallOptions } from '@sluice/snapshotter-core';

/**
 * The methods of a service as plain functions: a unary one returns a promise of its answer, one that streams an
 * iterable. An answer is a message, or its bytes, which saves what is asked for most from the detour of an object.
 * `options.signal` is aborted when the client cancels the call, goes away, or its deadline is over.
 */
export type ServiceHandlers<Methods extends GenServiceMethods> = {
  readonly [Name in keyof Methods]: Handler<Methods[Name]>;
};

type Handler<Method extends GenServiceMethods[string]> = (
  request: MessageShape<Method['input']>,
  options: Required<CallOptions>,
) => Answer<Method['methodKind'], Method['output']>;

type Answer<Kind, Output extends DescMessage> = Kind extends 'unary'
  ? Promise<MessageInitShape<Output> | Uint8Array>
  : AsyncIterable<MessageInitShape<Output> | Uint8Array>;

export type MethodsOf<Service> = Service extends GenService<infer Methods> ? Methods : never;
