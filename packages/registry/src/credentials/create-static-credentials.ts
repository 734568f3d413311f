import type { Credential, CredentialSource } from './credential-source.ts';

/**
 * Credentials held in memory.
 *
 * @param byHost by host and port, as endpoints have them
 */
export function createStaticCredentials(byHost: Readonly<Record<string, Credential>> = {}): CredentialSource {
  const credentials = new Map(Object.entries(byHost));
  return { get: async (host) => credentials.get(host) };
}
