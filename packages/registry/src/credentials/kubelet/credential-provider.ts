/** One plugin as a CredentialProviderConfig of the kubelet describes it. */
export interface CredentialProvider {
  /** The name of the executable in the kubelet's bin directory. */
  readonly name: string;
  /** Patterns of the images that it knows credentials for (`matchImage`). */
  readonly matchImages: readonly string[];
  /** How long its answers count where they do not say; 0 for not at all. */
  readonly defaultCacheMs: number;
  /** The version of the protocol that it is spoken to in: 'credentialprovider.kubelet.k8s.io/v1'. */
  readonly apiVersion: string;
  readonly args: readonly string[];
  /** Added to this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
}
