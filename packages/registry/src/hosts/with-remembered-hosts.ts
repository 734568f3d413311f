import { LRUCache } from 'lru-cache';
import type { HostResolver } from './host-resolver.ts';
import type { RegistryHost } from './registry-host.ts';

export interface RememberedHostsOptions {
  /** Milliseconds for which an answer is given again. Default 1000. */
  readonly forMs?: number;
  /** Registries whose answers are kept in memory. Default 256. */
  readonly registries?: number;
}

/**
 * Gives an answer again for a while, without asking: a container that starts makes hundreds of requests in a few
 * seconds, and a resolver may look at half a dozen files for each. Failures are not remembered.
 */
export function withRememberedHosts(
  inner: HostResolver,
  { forMs = 1000, registries = 256 }: RememberedHostsOptions = {},
): HostResolver {
  const answers = new LRUCache<string, readonly RegistryHost[]>({
    max: registries,
    ttl: forMs,
    ttlResolution: 0,
    perf: { now: () => performance.now() },
  });
  return {
    hostsFor: async (host, query) => {
      query?.signal?.throwIfAborted();
      const known = answers.get(host);
      if (known !== undefined) return known;
      const hosts = await inner.hostsFor(host, query);
      answers.set(host, hosts);
      return hosts;
    },
  };
}
