export type { Artifact, Descriptor } from './artifact.ts';
export type { RegistryClientOptions } from './client/client-options.ts';
export { createRegistryClient, type RegistryClientDeps } from './client/create-registry-client.ts';
export { createCredentialChain } from './credentials/create-credential-chain.ts';
export {
  createDockerConfigCredentials,
  type DockerConfigOptions,
} from './credentials/create-docker-config-credentials.ts';
export { createStaticCredentials } from './credentials/create-static-credentials.ts';
export { credentialOfAuth } from './credentials/credential-of-auth.ts';
export type { Credential, CredentialQuery, CredentialSource } from './credentials/credential-source.ts';
export { isDockerHub } from './credentials/is-docker-hub.ts';
export { isRefused } from './credentials/is-refused.ts';
export {
  createKubeletCredentials,
  type KubeletCredentialsOptions,
} from './credentials/kubelet/create-kubelet-credentials.ts';
export { matchImage } from './credentials/kubelet/match-image.ts';
export { formatImageReference } from './format-image-reference.ts';
export { createDefaultHosts } from './hosts/create-default-hosts.ts';
export { createHostsConfig, type HostsConfigOptions } from './hosts/create-hosts-config.ts';
export type { HostQuery, HostResolver } from './hosts/host-resolver.ts';
export type { HostCapability, HostTls, RegistryHost } from './hosts/registry-host.ts';
export { type RememberedHostsOptions, withRememberedHosts } from './hosts/with-remembered-hosts.ts';
export { createProxyRule, type ProxyRule } from './http/proxy-rule.ts';
export type { ImageReference } from './image-reference.ts';
export type { Logger } from './logger.ts';
export { parseImageReference } from './parse-image-reference.ts';
export type {
  BlobRange,
  OpenBlobOptions,
  ReadBlobOptions,
  ReadManyOptions,
  ReferrersOptions,
  RegistryBlob,
  RegistryCallOptions,
  RegistryClient,
  RegistryManifest,
} from './registry-client.ts';
export { RegistryError, type RegistryErrorCode, type RegistryErrorOptions } from './registry-error.ts';
export type { RegistryMetrics, RequestKind, RequestReport } from './registry-metrics.ts';
