import type { Credential } from './credential-source.ts';

/**
 * The credential in an entry of `auths` of a Docker config.json, or of a Kubernetes pull secret.
 * Source: docker/cli cli/config/types/authconfig.go.
 *
 * @returns undefined where it has none
 */
export function credentialOfAuth(entry: unknown): Credential | undefined {
  const table =
    typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : {};
  const text = (key: string): string => (typeof table[key] === 'string' ? table[key] : '');
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken') };
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken') };
  const [username, password] =
    text('auth') === '' ? [text('username'), text('password')] : decoded(text('auth'));
  return username === '' ? undefined : { kind: 'basic', username, password };
}

/** base64 of 'user:password'; Docker itself once put NULs at the end. */
function decoded(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
