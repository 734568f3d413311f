import type { RegistryHost } from '../hosts/registry-host.ts';

/**
 * Whether a URL is at the endpoint's own origin. Credentials, configured headers and client certificates go only
 * there. An endpoint that may speak either scheme owns both.
 */
export function belongsToHost(url: URL, host: RegistryHost): boolean {
  const sameScheme = url.protocol === host.baseUrl.protocol || host.plainHttpFallback;
  return sameScheme && url.host === host.baseUrl.host;
}
