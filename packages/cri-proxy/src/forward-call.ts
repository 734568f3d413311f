import {
  type CallOptions,
  type Client,
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { imageService, type MethodName } from './image-service.ts';

export interface ForwardedCall {
  readonly call: ServerUnaryCall<Buffer, Buffer>;
  readonly answer: sendUnaryData<Buffer>;
  /** For the message of an error. */
  readonly backend: string;
}

/** Hands a call on, with its metadata and deadline, and its cancellation; the answer or the error comes back as it is. */
export function forwardCall(
  client: Client,
  name: MethodName,
  { call, answer, backend }: ForwardedCall,
): void {
  const { path, requestSerialize, responseDeserialize } = imageService[name];
  const options: CallOptions = { deadline: call.getDeadline() };
  const onward = client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    call.request,
    passedOn(call.metadata),
    options,
    (error: ServiceError | null, bytes?: Buffer) => {
      call.off('cancelled', cancel);
      if (error === null) answer(null, bytes);
      else answer(explained(error, backend));
    },
  );
  const cancel = () => onward.cancel();
  call.once('cancelled', cancel);
}

/** The connection's own headers are not the next connection's. */
function passedOn(metadata: Metadata): Metadata {
  const passed = new Metadata();
  for (const [key, value] of Object.entries(metadata.getMap()))
    if (!/^(:|grpc-|user-agent$|content-type$|te$)/.test(key)) passed.set(key, value);
  return passed;
}

/** What gRPC says of a socket that nobody listens on names no socket. */
function explained(error: ServiceError, backend: string): Partial<ServiceError> {
  const { code, details, metadata } = error;
  if (code !== status.UNAVAILABLE) return { code, details, metadata };
  return { code, details: `containerd at ${backend} cannot be reached by sluiced: ${details}`, metadata };
}
