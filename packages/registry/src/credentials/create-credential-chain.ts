import type { Logger } from '../logger.ts';
import type { CredentialSource } from './credential-source.ts';
import { isRefused } from './is-refused.ts';

/**
 * Asks one source after another until one has a credential that has not been refused. A source that fails is logged and passed over: most
 * images need no credential, and a broken helper must not keep them away.
 */
export function createCredentialChain(
  sources: readonly CredentialSource[],
  logger: Logger,
): CredentialSource {
  return {
    get: async (host, query = {}) => {
      for (const source of sources) {
        try {
          const credential = await source.get(host, query);
          if (credential !== undefined && !isRefused(credential, query)) return credential;
        } catch (err) {
          query.signal?.throwIfAborted();
          logger.warn({ err, host }, 'a source of registry credentials failed; the next one is asked');
        }
      }
      return undefined;
    },
  };
}
