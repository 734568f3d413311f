import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Info } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { Snapshots } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { createServiceDefinition, type ServiceMethod } from './create-service-definition.ts';

type Methods = typeof Snapshots.method;
type UnaryName = Exclude<keyof Methods, 'list'>;

export interface ClientCallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal;
}

/** A client as containerd is one, for tests. */
export interface SnapshotsClient extends Disposable {
  /** Rejects with grpc-js's ServiceError. */
  call<Name extends UnaryName>(
    name: Name,
    request: MessageInitShape<Methods[Name]['input']>,
    options?: ClientCallOptions,
  ): Promise<MessageShape<Methods[Name]['output']>>;
  /** As `call`, of any method, with a request of these bytes; resolves with the first message of the answer, if any. */
  send(name: keyof Methods, request: Uint8Array): Promise<object | undefined>;
  /** The answers of List, as they come. */
  stream(filters: string[], options?: ClientCallOptions): ClientReadableStream<{ info: Info[] }>;
  /** All that List finds. */
  list(filters: string[], options?: ClientCallOptions): Promise<Info[]>;
}

const definition = createServiceDefinition(Snapshots);

/** @param limits of what it accepts; by default those of containerd */
export function createSnapshotsClient(address: string, limits = { maxBytes: 16 << 20 }): SnapshotsClient {
  const client = new Client(`unix:${address}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': limits.maxBytes,
    'grpc.enable_channelz': 0,
    // One connection each: the pool would share them between tests.
    'grpc.use_local_subchannel_pool': 1,
  });
  const stream = (filters: string[], options: ClientCallOptions = {}) => {
    const { path, requestSerialize, responseDeserialize } = methodOf('list');
    const request = { filters };
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Uint8Array) => { info: Info[] },
      request,
      metadataOf(options),
      deadlineOf(options),
    );
    options.signal?.addEventListener('abort', () => call.cancel());
    return call;
  };
  return {
    call(name, request, options = {}) {
      const { path, requestSerialize, responseDeserialize } = methodOf(name);
      return new Promise((resolve, reject) => {
        const answered = (error: ServiceError | null, answer?: object) =>
          error ? reject(error) : resolve(answer as never);
        const [metadata, deadline] = [metadataOf(options), deadlineOf(options)];
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          deadline,
          answered,
        );
        options.signal?.addEventListener('abort', () => call.cancel());
      });
    },
    async send(name, bytes) {
      const { path, responseDeserialize } = methodOf(name);
      const raw = () => Buffer.from(bytes);
      const call = client.makeServerStreamRequest(path, raw, responseDeserialize, {});
      const answers: object[] = [];
      for await (const answer of call) answers.push(answer as object);
      return answers[0];
    },
    stream,
    async list(filters, options) {
      const infos: Info[] = [];
      for await (const { info } of stream(filters, options)) infos.push(...info);
      return infos;
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function methodOf(name: string): ServiceMethod {
  return definition[name]!;
}

function metadataOf({ metadata = {} }: ClientCallOptions): Metadata {
  const result = new Metadata();
  for (const [key, value] of Object.entries(metadata)) result.set(key, value);
  return result;
}

function deadlineOf({ deadlineMs }: ClientCallOptions) {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}
