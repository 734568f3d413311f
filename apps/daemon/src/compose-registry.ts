import { join } from 'node:path';
import type { CriProxy } from '@sluice/cri-proxy';
import {
  type CredentialSource,
  createCredentialChain,
  createDefaultHosts,
  createDockerConfigCredentials,
  createHostsConfig,
  createKubeletCredentials,
  createProxyRule,
  createRegistryClient,
  type RegistryClient,
  withRememberedHosts,
} from '@sluice/registry';
import type { Logger } from '@sluice/snapshotter-core';
import { composeKubernetes } from './compose-kubernetes.ts';
import type { Config } from './config/config.ts';
import type { Metrics } from './metrics.ts';

export interface ComposeRegistryDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly parts: AsyncDisposableStack;
  readonly problems: string[];
}

/** The part of the composition root that reads registries. */
export interface ComposedRegistry {
  readonly client: RegistryClient;
  /** Undefined where kubelets go to containerd directly. */
  readonly criProxy: CriProxy | undefined;
}

export async function composeRegistry(deps: ComposeRegistryDeps): Promise<ComposedRegistry> {
  const { config, logger, metrics, parts } = deps;
  const { config_path: configPath } = config.registry;
  const criProxy = await composeCriProxy(deps);
  const client = parts.use(
    createRegistryClient({
      credentials: createCredentialChain(credentialSources(deps, criProxy), logger),
      hosts: configPath ? withRememberedHosts(createHostsConfig({ configPath })) : createDefaultHosts(),
      logger,
      metrics: metrics.registry,
      proxies: createProxyRule(process.env),
    }),
  );
  return { client, criProxy };
}

/** Loaded only where it is configured: it takes long. */
async function composeCriProxy(deps: ComposeRegistryDeps): Promise<CriProxy | undefined> {
  const { config, logger, parts } = deps;
  const { containerd_address: backend, remember_credentials: remembers } = config.cri;
  if (backend === undefined) return undefined;
  const { createCriProxy } = await import('@sluice/cri-proxy');
  const rememberPath = remembers ? join(config.root, 'pull-credentials.json') : undefined;
  return parts.use(createCriProxy({ logger }, { backend, rememberPath }));
}

/** Those that are configured, in the order that is configured. */
function credentialSources(deps: ComposeRegistryDeps, criProxy: CriProxy | undefined): CredentialSource[] {
  const { config } = deps;
  const { docker_config: path, credentials } = config.registry;
  const sources = {
    docker: createDockerConfigCredentials(path ? { path } : {}),
    cri: criProxy?.credentials,
    kubernetes: config.kubernetes.pull_secrets ? composeKubernetes(deps) : undefined,
    kubelet: kubeletSource(deps),
  };
  return credentials.flatMap((name) => sources[name] ?? []);
}

function kubeletSource({ config, problems }: ComposeRegistryDeps): CredentialSource | undefined {
  const { credential_provider_config: configPath, credential_provider_bin_dir: binDir } = config.kubelet;
  if (configPath && binDir) return createKubeletCredentials({ configPath, binDir });
  if (configPath || binDir)
    problems.push(
      'credential provider plugins are not asked: kubelet.credential_provider_config and kubelet.credential_provider_bin_dir need each other',
    );
  return undefined;
}
