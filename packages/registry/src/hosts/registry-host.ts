import type { RepositoryRewrite } from './repository-rewrite.ts';

/** What a host may be asked for: blobs and manifests by digest, or manifests by tag, or to take something. */
export type HostCapability = 'pull' | 'resolve' | 'push';

/** PEM texts of TLS settings. */
export interface HostTls {
  /** Trusted besides the system's and Node's own authorities. */
  readonly ca?: readonly string[];
  /** Shown to the server if it asks. */
  readonly clientPairs?: readonly { readonly cert: string; readonly key: string }[];
  /** Accept any certificate. */
  readonly skipVerify?: boolean;
}

/** One endpoint that serves the repositories of a registry: the registry itself or a mirror of it. */
export interface RegistryHost {
  /** The API root without a slash at its end: https://mirror.example:5000/v2. Never with user or query. */
  readonly baseUrl: URL;
  readonly capabilities: readonly HostCapability[];
  /** Sent with every request to this endpoint's origin and to no other. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: HostTls;
  /** Where a TLS handshake meets plain HTTP, go on in plain HTTP. `baseUrl` then says https. */
  readonly plainHttpFallback: boolean;
  /** Milliseconds to wait for a connection; undefined for the client's default. */
  readonly dialTimeoutMs?: number | undefined;
  /** What the endpoint calls the repositories. Default: as the registry does. */
  readonly rewrites?: readonly RepositoryRewrite[] | undefined;
}
