import type { RegistryHost } from './registry-host.ts';

export interface HostQuery {
  readonly signal?: AbortSignal;
}

/** Says which endpoints serve a registry. Asked before every operation, so that changes count. */
export interface HostResolver {
  /**
   * @param host host and optional port as in an image reference: 'docker.io', '127.0.0.1:5000'
   * @returns endpoints in the order to try them; empty where the configuration leaves none
   * @throws RegistryError INVALID where the configuration for that host does not parse
   */
  hostsFor(host: string, query?: HostQuery): Promise<readonly RegistryHost[]>;
}
