/** What a caller can do about it decides the code. */
export type KubePullSecretsErrorCode =
  /** A kubeconfig or the pod's own access is not what it has to be. */
  | 'INVALID'
  /** The API server refuses: authentication, or the right to list and watch secrets. */
  | 'REFUSED'
  /** What was to be continued is too old (410): everything has to be listed again. */
  | 'EXPIRED'
  /** No connection, no answer, or one that makes no sense. */
  | 'UNAVAILABLE';

/** The one error of this package. The message never holds a token, a key or anything of a secret. */
export class KubePullSecretsError extends Error {
  readonly code: KubePullSecretsErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: KubePullSecretsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KubePullSecretsError';
    this.code = code;
  }
}
