/** How to reach an API server, and as whom. */
export interface ApiAccess {
  /** Without a path where the server has none: https://10.0.0.1:6443/ */
  readonly server: URL;
  /** PEM; undefined for those that the system trusts. */
  readonly ca?: string | undefined;
  /** PEM. */
  readonly clientPair?: { readonly cert: string; readonly key: string } | undefined;
  /** Accept any certificate. */
  readonly skipVerify: boolean;
  /** The name that the server's certificate has to have, where it is not that of the address. */
  readonly serverName?: string | undefined;
  /**
   * The value of the Authorization header, asked before every request: token files change.
   *
   * @throws KubePullSecretsError INVALID where the token cannot be read
   */
  authorization(): Promise<string | undefined>;
}
