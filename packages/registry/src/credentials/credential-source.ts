/**
 * How to prove who asks.
 *
 * - `basic`: sent as HTTP Basic, to the registry or to its token server.
 * - `identity-token`: an OAuth2 refresh token, exchanged for bearer tokens at the token server.
 * - `registry-token`: a bearer token, sent as it is.
 */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string };

export interface CredentialQuery {
  /** The repository asked for, where a source keeps credentials for parts of a registry. */
  readonly repository?: string;
  /** The registry of the image reference: 'docker.io', and not the mirror that is asked. */
  readonly registry?: string;
  /**
   * Credentials for the same that have been refused just now. A source that has no other gives one of them or none;
   * one that keeps credentials for a while looks for a new one.
   */
  readonly refused?: readonly Credential[];
  readonly signal?: AbortSignal;
}

/** Where credentials come from. Asked when a registry answers 401, and again when what it gave has stopped working. */
export interface CredentialSource {
  /**
   * @param host host and port of the endpoint: 'ghcr.io', '127.0.0.1:5000', 'registry-1.docker.io'
   * @returns undefined where the source has none for that host: the request goes on without
   * @throws RegistryError INVALID where the source itself is broken; the message holds no secret
   */
  get(host: string, query?: CredentialQuery): Promise<Credential | undefined>;
}
