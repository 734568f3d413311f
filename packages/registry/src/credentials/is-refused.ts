import type { Credential, CredentialQuery } from './credential-source.ts';

/** Whether a credential is one of those that the query says have been refused. */
export function isRefused(credential: Credential, { refused = [] }: CredentialQuery): boolean {
  return refused.some((other) => textOf(other) === textOf(credential));
}

function textOf(credential: Credential): string {
  return JSON.stringify(
    credential.kind === 'basic'
      ? [credential.username, credential.password]
      : [credential.kind, credential.token],
  );
}
