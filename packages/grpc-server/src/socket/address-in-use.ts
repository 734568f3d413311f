import { GrpcServerError } from '../grpc-server-error.ts';

export function addressInUse(path: string, options?: ErrorOptions): GrpcServerError {
  return new GrpcServerError(
    'ADDRESS_IN_USE',
    `another process listens on ${path}: stop it, or choose another address`,
    options,
  );
}
