import type { Credential } from '@sluice/registry';
import type { AuthConfig } from './auth-config.ts';

/**
 * The credential in an AuthConfig: user name and password, else an identity token, else the two in `auth`, else a
 * registry token.
 * Source: containerd internal/cri/server/images/image_pull.go, ParseAuth, which knows no registry token.
 *
 * @returns undefined where there is none
 */
export function credentialOf(config: AuthConfig): Credential | undefined {
  const { username, password, identityToken, registryToken } = config;
  if (username !== '') return { kind: 'basic', username, password };
  if (identityToken !== '') return { kind: 'identity-token', token: identityToken };
  const [user, secret] = decoded(config.auth);
  if (user !== '') return { kind: 'basic', username: user, password: secret };
  return registryToken === '' ? undefined : { kind: 'registry-token', token: registryToken };
}

/** Docker once put NULs at the end. */
function decoded(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
