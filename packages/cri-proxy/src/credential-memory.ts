import { type CredentialSource, isDockerHub, parseImageReference } from '@sluice/registry';
import { LRUCache } from 'lru-cache';
import type { AuthConfig } from './auth-config.ts';
import type { CredentialFile } from './credential-file.ts';
import { credentialOf } from './credential-of.ts';
import type { Learned } from './learned.ts';

/** Credentials by the repository that was pulled with them. */
export interface CredentialMemory extends CredentialSource {
  /** Replaces what was known of the image's repository. Does nothing where image or credentials make no sense. */
  learn(image: string, auth: AuthConfig): void;
}

/** Repositories whose credentials are kept. */
const REPOSITORIES = 4096;

/**
 * Keyed by the normalised reference without tag and digest: its layers may be asked for under another tag of the same
 * image. A credential goes to the host that the client named, or else to the image's registry; to mirrors it does not.
 *
 * @param file where they are kept beyond this process; undefined for nowhere
 */
export function createCredentialMemory(file: CredentialFile | undefined): CredentialMemory {
  const learned = new LRUCache<string, Learned>({ max: REPOSITORIES });
  for (const [repository, entry] of file?.load() ?? []) learned.set(repository, entry);
  return {
    learn: (image, auth) => {
      const repository = repositoryOf(image);
      const credential = credentialOf(auth);
      if (repository === undefined || credential === undefined) return;
      const entry = { credential, serverAddress: auth.serverAddress };
      const changed = JSON.stringify(learned.get(repository)) !== JSON.stringify(entry);
      learned.set(repository, entry);
      if (changed) file?.save(() => [...learned.entries()]);
    },
    get: async (host, { registry = host, repository = '' } = {}) => {
      const entry = learned.get(`${registry}/${repository}`);
      const meant = entry?.serverAddress === '' ? registry : hostOf(entry?.serverAddress ?? '');
      return sameHost(host, meant) ? entry?.credential : undefined;
    },
  };
}

function repositoryOf(image: string): string | undefined {
  try {
    const { host, repository } = parseImageReference(image);
    return `${host}/${repository}`;
  } catch {
    // An image by its ID, or nonsense: containerd will say.
    return undefined;
  }
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function sameHost(a: string, b: string): boolean {
  return a === b || (isDockerHub(a) && isDockerHub(b));
}
