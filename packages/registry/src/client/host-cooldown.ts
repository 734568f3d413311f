import { LRUCache } from 'lru-cache';
import type { RegistryHost } from '../hosts/registry-host.ts';
import type { RegistryError } from '../registry-error.ts';

/** Remembers for a while which endpoints failed, so that not every range waits for a dead mirror first. */
export interface HostCooldown {
  /** The same endpoints, those that failed lately last; otherwise the order stays. */
  order(hosts: readonly RegistryHost[], object: string): readonly RegistryHost[];
  failed(host: RegistryHost, object: string, error: RegistryError): void;
}

const ENTRIES = 4096;

/**
 * An endpoint that is unavailable cools down for everything; one that gave another error, for that object only.
 *
 * @param cooldownMs how long; 0 for never
 */
export function createHostCooldown(cooldownMs: number): HostCooldown {
  const failures = new LRUCache<string, true>({ max: ENTRIES, ttl: Math.max(1, cooldownMs) });
  const cooling = (host: RegistryHost, object: string) =>
    failures.has(host.baseUrl.href) || failures.has(keyOf(host, object));
  return {
    order: (hosts, object) => {
      if (hosts.length < 2) return hosts;
      const ready = hosts.filter((host) => !cooling(host, object));
      return [...ready, ...hosts.filter((host) => cooling(host, object))];
    },
    failed: (host, object, error) => {
      if (cooldownMs > 0)
        failures.set(error.code === 'UNAVAILABLE' ? host.baseUrl.href : keyOf(host, object), true);
    },
  };
}

function keyOf(host: RegistryHost, object: string): string {
  return `${host.baseUrl.href} ${object}`;
}
