import type { RegistryHost } from '../hosts/registry-host.ts';

/** Where one try of an operation goes. */
export interface Endpoint {
  readonly host: RegistryHost;
  /** The registry of the image reference, whose endpoint it is. */
  readonly registry: string;
  /** As the endpoint calls it, which its `rewrite` may have decided. */
  readonly repository: string;
  /** Begins the messages of errors. */
  readonly subject: string;
}
