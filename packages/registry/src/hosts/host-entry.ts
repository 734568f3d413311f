import type { HostCapability } from './registry-host.ts';
import type { RepositoryRewrite } from './repository-rewrite.ts';

/** What a hosts.toml says of one endpoint; files are not read yet. */
export interface HostEntry {
  /** As written; undefined at the root of a file without `server`. */
  readonly url: URL | undefined;
  readonly capabilities: readonly HostCapability[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Absolute paths of PEM files. */
  readonly caPaths: readonly string[];
  /** Absolute paths; both the same where one file holds certificate and key. */
  readonly clientPaths: readonly { readonly cert: string; readonly key: string }[];
  readonly skipVerify: boolean | undefined;
  readonly dialTimeoutMs: number | undefined;
  readonly rewrites: readonly RepositoryRewrite[];
}
