import { LRUCache } from 'lru-cache';
import type { RegistryHost } from '../hosts/registry-host.ts';
import type { RegistryError } from '../registry-error.ts';

/** Remembers for a while which endpoints failed, so that not every range waits for a dead mirror first. */
export interface HostCooldown {
  /** The same endpoints, those that failed lately last, the first to be ready again first of them. */
  order(hosts: readonly RegistryHost[], object: string): readonly RegistryHost[];
  failed(host: RegistryHost, object: string, error: RegistryError): void;
  succeeded(host: RegistryHost, object: string): void;
}

interface Trouble {
  /** Failures one after another, those while it cooled down already counted as one. */
  readonly count: number;
  /** On the monotonic clock. */
  readonly untilMs: number;
}

const ENTRIES = 4096;
/** A connection that broke once says little of the host. */
const FIRST_COOLDOWN_MS = 1000;

/**
 * An endpoint that is unavailable cools down for everything; one that gave another error, for that object only.
 * Failures that may pass begin with a short time, which doubles with each in succession; others get the whole time
 * at once. A success ends it.
 *
 * @param maxCooldownMs 0 for no cooldown at all
 */
export function createHostCooldown(maxCooldownMs: number): HostCooldown {
  const troubles = new LRUCache<string, Trouble>({ max: ENTRIES });
  const untilMs = (key: string) => troubles.get(key)?.untilMs ?? 0;
  const coolUntilMs = (host: RegistryHost, object: string) => {
    const latestMs = Math.max(untilMs(host.baseUrl.href), untilMs(keyOf(host, object)));
    return latestMs > performance.now() ? latestMs : 0;
  };
  return {
    order: (hosts, object) => {
      if (hosts.length < 2) return hosts;
      const timed = hosts.map((host) => ({ host, until: coolUntilMs(host, object) }));
      return timed.sort((a, b) => a.until - b.until).map(({ host }) => host);
    },
    failed: (host, object, error) => {
      const key = error.code === 'UNAVAILABLE' ? host.baseUrl.href : keyOf(host, object);
      if (untilMs(key) > performance.now()) return;
      const count = (troubles.peek(key)?.count ?? 0) + 1;
      const growingMs = error.retryable ? FIRST_COOLDOWN_MS * 2 ** (count - 1) : maxCooldownMs;
      const cooldownMs = Math.min(maxCooldownMs, growingMs);
      troubles.set(key, { count, untilMs: performance.now() + cooldownMs });
    },
    succeeded: (host, object) => {
      troubles.delete(host.baseUrl.href);
      troubles.delete(keyOf(host, object));
    },
  };
}

function keyOf(host: RegistryHost, object: string): string {
  return `${host.baseUrl.href} ${object}`;
}
