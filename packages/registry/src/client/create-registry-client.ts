import { LRUCache } from 'lru-cache';
import type { CredentialSource } from '../credentials/credential-source.ts';
import type { HostResolver } from '../hosts/host-resolver.ts';
import { createTransport } from '../http/create-transport.ts';
import type { HttpSend } from '../http/http-exchange.ts';
import type { ProxyRule } from '../http/proxy-rule.ts';
import { withAuth } from '../http/with-auth.ts';
import { withMetrics } from '../http/with-metrics.ts';
import { withRedirects } from '../http/with-redirects.ts';
import { withSchemeFallback } from '../http/with-scheme-fallback.ts';
import type { Logger } from '../logger.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { RegistryMetrics } from '../registry-metrics.ts';
import { attachArtifact } from './artifacts/attach-artifact.ts';
import { listReferrers } from './artifacts/list-referrers.ts';
import { checkTarget } from './check-target.ts';
import { type ClientLimits, clientLimits, type RegistryClientOptions } from './client-options.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { createHostCooldown } from './host-cooldown.ts';
import { openBlob } from './open-blob.ts';
import type { ClientContext } from './perform.ts';

export interface RegistryClientDeps {
  readonly credentials: CredentialSource;
  readonly hosts: HostResolver;
  readonly logger: Logger;
  readonly metrics?: RegistryMetrics;
  /** Which proxies to use (`createProxyRule`). Default: none. */
  readonly proxies?: ProxyRule | undefined;
}

/** A server that learns to serve several ranges is asked for them within the hour. */
const SINGLE_RANGE_MS = 3_600_000;

/**
 * Makes a client. It keeps connections, tokens and what it learned of hosts; disposing it closes the connections
 * and fails what is under way with UNAVAILABLE.
 */
export function createRegistryClient(
  deps: RegistryClientDeps,
  options: RegistryClientOptions = {},
): RegistryClient {
  const limits = clientLimits(options);
  const transport = createTransport({ ...limits, proxies: deps.proxies });
  const context: ClientContext = {
    send: sender(transport.send, deps, limits),
    hosts: deps.hosts,
    limits,
    cooldown: createHostCooldown(limits.hostCooldownMs),
    singleRangeHosts: new LRUCache({ max: 1024, ttl: SINGLE_RANGE_MS }),
    logger: deps.logger,
  };
  return {
    manifest: async (reference, digest, { signal } = {}) => {
      checkTarget(reference, digest, 'digest');
      return fetchManifest(context, { reference, name: digest, signal });
    },
    resolve: async (reference, { signal } = {}) =>
      fetchManifest(context, { reference, name: reference.digest ?? reference.tag ?? 'latest', signal }),
    openBlob: async (reference, digest, blobOptions = {}) =>
      openBlob(context, reference, digest, blobOptions),
    referrers: (reference, digest, referrersOptions = {}) =>
      listReferrers(context, reference, digest, referrersOptions),
    attach: (reference, artifact, { signal } = {}) => attachArtifact(context, reference, artifact, signal),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

/** From the wire outwards. */
function sender(wire: HttpSend, deps: RegistryClientDeps, limits: ClientLimits): HttpSend {
  const counted = deps.metrics ? withMetrics(wire, deps.metrics) : wire;
  const reached = withSchemeFallback(counted);
  const admitted = withAuth(reached, { credentials: deps.credentials, limits });
  return withRedirects(admitted);
}
