import { readFile, stat } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { RegistryError } from '../../registry-error.ts';
import type { Credential, CredentialQuery, CredentialSource } from '../credential-source.ts';
import { isDockerHub } from '../is-docker-hub.ts';
import { isRefused } from '../is-refused.ts';
import { askCredentialPlugin, type PluginAnswer } from './ask-credential-plugin.ts';
import type { CredentialProvider } from './credential-provider.ts';
import { matchImage } from './match-image.ts';
import { parseCredentialProviderConfig } from './parse-credential-provider-config.ts';

export interface KubeletCredentialsOptions {
  /** A CredentialProviderConfig in YAML or JSON: the kubelet's `--image-credential-provider-config`. */
  readonly configPath: string;
  /** The directory of the plugins: the kubelet's `--image-credential-provider-bin-dir`. */
  readonly binDir: string;
}

/** Answers of plugins kept in memory. */
const ANSWERS = 1024;

interface Loaded {
  readonly version: string;
  readonly providers: readonly CredentialProvider[];
}

/**
 * Credentials from the exec plugins that cloud providers ship for the kubelet. The plugins whose patterns match are
 * asked in the order of the file until one has a credential; one that fails is passed over as long as another has. Answers are kept for as long as they say, and asked for
 * anew when what they hold is refused. The file is read again when it has changed.
 * Source: kubernetes.io, "Configure a kubelet image credential provider".
 */
export function createKubeletCredentials({
  configPath,
  binDir,
}: KubeletCredentialsOptions): CredentialSource {
  const answers = new LRUCache<string, PluginAnswer>({ max: ANSWERS });
  let loaded: Loaded | undefined;
  const providersOf = async (): Promise<readonly CredentialProvider[]> => {
    const version = await versionOf(configPath);
    if (loaded?.version !== version) {
      answers.clear();
      loaded = { version, providers: parseCredentialProviderConfig(await read(configPath), configPath) };
    }
    return loaded.providers;
  };
  const ask = async (provider: CredentialProvider, image: string, query: CredentialQuery) => {
    const known = keysOf(provider, image).map((key) => answers.get(key));
    const kept = known.find((answer) => answer !== undefined);
    const credential = kept && credentialOf(kept, image);
    if (kept !== undefined && (credential === undefined || !isRefused(credential, query))) return credential;
    const answer = await askCredentialPlugin(provider, binDir, { image, signal: query.signal });
    const ttl = answer.cacheMs ?? provider.defaultCacheMs;
    if (ttl > 0) answers.set(keyOf(provider, image, answer.scope), answer, { ttl });
    return credentialOf(answer, image);
  };
  return {
    get: async (host, query = {}) => {
      const image = imageOf(host, query);
      const matching = (await providersOf()).filter((provider) =>
        provider.matchImages.some((pattern) => matchImage(pattern, image)),
      );
      const failures: unknown[] = [];
      for (const provider of matching) {
        try {
          const credential = await ask(provider, image, query);
          if (credential !== undefined && !isRefused(credential, query)) return credential;
        } catch (error) {
          query.signal?.throwIfAborted();
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return undefined;
    },
  };
}

/** The kubelet asks for Docker Hub's images under their canonical name. */
function imageOf(host: string, { repository = '' }: CredentialQuery): string {
  return `${isDockerHub(host) ? 'docker.io' : host}${repository === '' ? '' : `/${repository}`}`;
}

/** Keys that begin alike: the kubelet takes the last in the order of the alphabet, which is the longest. */
function credentialOf({ auth }: PluginAnswer, image: string): Credential | undefined {
  const patterns = [...auth.keys()].sort().reverse();
  const pattern = patterns.find((candidate) => matchImage(candidate, image));
  return pattern === undefined ? undefined : auth.get(pattern);
}

function keyOf({ name }: CredentialProvider, image: string, scope: PluginAnswer['scope']): string {
  const of = { image, registry: image.split('/')[0], global: '' }[scope];
  return `${name} ${scope} ${of}`;
}

function keysOf(provider: CredentialProvider, image: string): readonly string[] {
  return (['image', 'registry', 'global'] as const).map((scope) => keyOf(provider, image, scope));
}

async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw new RegistryError('INVALID', `${path}: cannot be read`, { cause });
  });
  return `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RegistryError('INVALID', `${path}: cannot be read`, { cause });
  });
}
