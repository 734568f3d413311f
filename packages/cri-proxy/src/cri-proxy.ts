import type { Server } from '@grpc/grpc-js';
import type { CredentialSource } from '@sluice/registry';

/**
 * An image service (runtime.v1.ImageService of the Kubernetes CRI) that hands every call on to containerd's, byte for
 * byte, and learns from PullImage which credentials belong to which image.
 *
 * For a kubelet with `--image-service-endpoint`. Disposing it closes the connection to containerd: calls under way fail
 * with UNAVAILABLE. What was learned in memory is gone then.
 */
export interface CriProxy extends Disposable {
  /** What was learned: asked for a registry's own endpoint, it gives what the image was last pulled with. */
  readonly credentials: CredentialSource;
  /** Lets a server answer the service, before or after it has begun to serve. The server stays the caller's. */
  register(server: Server): void;
}
