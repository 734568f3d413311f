import { type Credential, matchImage } from '@sluice/registry';
import type { PullSecret } from './read-pull-secret.ts';

/** The pull secrets of one list. */
export interface SecretMemory {
  /** What is not put from now on is gone at `listed`. */
  listing(): void;
  put(secret: PullSecret): void;
  remove(uid: string): void;
  listed(): void;
  /** Credentials for an image: the longest pattern first, and of the same pattern the newest secret's. */
  find(image: string): readonly Found[];
  readonly size: number;
}

export interface Found {
  readonly pattern: string;
  readonly createdAt: string;
  readonly credential: Credential;
}

/** @param maxSecrets beyond which secrets are not kept; `onFull` is told once a list */
export function createSecretMemory(maxSecrets: number, onFull: () => void): SecretMemory {
  const secrets = new Map<string, PullSecret>();
  let stale: Set<string> | undefined;
  let isFull = false;
  return {
    listing() {
      stale = new Set(secrets.keys());
      isFull = false;
    },
    put(secret) {
      stale?.delete(secret.uid);
      if (secret.auths.size === 0) return void secrets.delete(secret.uid);
      if (secrets.size >= maxSecrets && !secrets.has(secret.uid)) {
        if (!isFull) onFull();
        isFull = true;
        return;
      }
      secrets.set(secret.uid, secret);
    },
    remove: (uid) => void secrets.delete(uid),
    listed() {
      for (const uid of stale ?? []) secrets.delete(uid);
      stale = undefined;
    },
    find: (image) =>
      [...secrets.values()].flatMap(({ auths, createdAt }) =>
        [...auths]
          .filter(([pattern]) => matchImage(pattern, image))
          .map(([pattern, credential]) => ({ pattern, createdAt, credential })),
      ),
    get size() {
      return secrets.size;
    },
  };
}
