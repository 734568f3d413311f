import { KubePullSecretsError } from './kube-pull-secrets-error.ts';
import { readText } from './read-text.ts';

/** The Authorization header of a token file. @throws KubePullSecretsError INVALID; never with the token */
export async function bearerOfFile(path: string): Promise<string> {
  const token = (await readText(path)).trim();
  // It goes into a header: visible ASCII only.
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw new KubePullSecretsError('INVALID', `${path}: holds no token`);
}
