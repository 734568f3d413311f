/**
 * Credentials of a PullImage, as runtime.v1 has them; a field that is not set is ''.
 * Source: k8s.io/cri-api runtime/v1/api.proto, AuthConfig.
 */
export interface AuthConfig {
  readonly username: string;
  readonly password: string;
  /** base64 of 'user:password'. */
  readonly auth: string;
  /** The host that they are for; '' for the image's registry. */
  readonly serverAddress: string;
  /** An OAuth2 refresh token. */
  readonly identityToken: string;
  /** A bearer token for the registry itself. */
  readonly registryToken: string;
}
