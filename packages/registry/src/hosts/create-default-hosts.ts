import { defaultHost } from './default-host.ts';
import type { HostResolver } from './host-resolver.ts';

/** Every registry at its own address, without configuration. */
export function createDefaultHosts(): HostResolver {
  return { hostsFor: async (host) => [defaultHost(host)] };
}
