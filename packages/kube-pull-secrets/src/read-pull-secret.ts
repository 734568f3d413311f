import { type Credential, credentialOfAuth } from '@sluice/registry';

/** What of a secret is kept. */
export interface PullSecret {
  /** Of the object, which is another one after it was deleted and made again. */
  readonly uid: string;
  readonly createdAt: string;
  /** By patterns of images: a registry, with a path or without. */
  readonly auths: ReadonlyMap<string, Credential>;
}

/** Registries that one secret may name. */
const MAX_AUTHS = 200;

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads a Secret of the type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg.
 * Source: kubernetes.io, "Secrets", Docker config secrets.
 *
 * @returns undefined where it is none; what is wrong in it is left out without a word, as it may be a secret
 */
export function readPullSecret(object: unknown): PullSecret | undefined {
  const { type, data, metadata } = tableOf(object);
  const { uid, creationTimestamp } = tableOf(metadata);
  if (typeof uid !== 'string') return undefined;
  const table = tableOf(data);
  const auths =
    type === 'kubernetes.io/dockerconfigjson'
      ? tableOf(decoded(table['.dockerconfigjson'])['auths'])
      : type === 'kubernetes.io/dockercfg'
        ? decoded(table['.dockercfg'])
        : undefined;
  if (!auths) return undefined;
  const entries = Object.entries(auths)
    .slice(0, MAX_AUTHS)
    .flatMap(([key, entry]): [string, Credential][] => {
      const credential = credentialOfAuth(entry);
      return credential ? [[patternOf(key), credential]] : [];
    });
  const createdAt = typeof creationTimestamp === 'string' ? creationTimestamp : '';
  return { uid, createdAt, auths: new Map(entries) };
}

/** Keys are addresses of registries, those of Docker's first API (`/v1/`) among them. */
function patternOf(key: string): string {
  const pattern = key.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  return pattern.replace(/\/v[12]$/, '').replace(/^(index|registry-1)\.docker\.io(?=\/|$)/, 'docker.io');
}

function decoded(text: unknown): Table {
  if (typeof text !== 'string') return {};
  try {
    return tableOf(JSON.parse(Buffer.from(text, 'base64').toString()));
  } catch {
    return {};
  }
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}
