import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Credential } from '@sluice/registry';
import type { Learned } from './learned.ts';
import type { Logger } from './logger.ts';

type Entry = readonly [repository: string, learned: Learned];

/** A file that keeps credentials beyond the life of a process. */
export interface CredentialFile {
  /** What was saved; nothing where there is no file, or one that is damaged. */
  load(): readonly Entry[];
  /** Saves soon, and once for many calls. What cannot be saved is logged. */
  save(entries: () => readonly Entry[]): void;
}

const VERSION = 1;

/**
 * JSON, replaced as a whole, readable by its owner only:
 *
 *     { "version": 1, "credentials": [["docker.io/library/python", { "credential": {...}, "serverAddress": "" }]] }
 *
 * @param path in a directory that nobody else can write to
 */
export function createCredentialFile(path: string, logger: Logger): CredentialFile {
  let pending: (() => readonly Entry[]) | undefined;
  const write = () => {
    const credentials = pending?.() ?? [];
    pending = undefined;
    const scratch = `${path}.new`;
    try {
      // A file that is left over might have another mode.
      rmSync(scratch, { force: true });
      writeFileSync(scratch, JSON.stringify({ version: VERSION, credentials }), { mode: 0o600, flag: 'wx' });
      renameSync(scratch, path);
    } catch (err) {
      logger.warn({ err, path }, 'learned credentials cannot be saved');
    }
  };
  return {
    load: () => {
      try {
        return parse(readFileSync(path, 'utf8'));
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code === 'ENOENT') return [];
        logger.warn({ path, code: (err as NodeJS.ErrnoException).code }, 'saved credentials cannot be read');
        return [];
      }
    },
    save: (entries) => {
      if (pending === undefined) setImmediate(write);
      pending = entries;
    },
  };
}

function parse(text: string): readonly Entry[] {
  const root: unknown = JSON.parse(text);
  const { version, credentials } = tableOf(root);
  if (version !== VERSION || !Array.isArray(credentials)) return [];
  return credentials.flatMap((item: unknown): Entry[] => {
    const [repository, learned] = Array.isArray(item) ? (item as unknown[]) : [];
    const { credential, serverAddress } = tableOf(learned);
    const usable =
      typeof repository === 'string' && typeof serverAddress === 'string' && isCredential(credential);
    return usable ? [[repository, { credential, serverAddress }]] : [];
  });
}

function isCredential(value: unknown): value is Credential {
  const { kind, username, password, token } = tableOf(value);
  if (kind === 'basic') return typeof username === 'string' && typeof password === 'string';
  return (kind === 'identity-token' || kind === 'registry-token') && typeof token === 'string';
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
