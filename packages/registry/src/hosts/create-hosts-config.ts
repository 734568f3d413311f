import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { RegistryError } from '../registry-error.ts';
import { defaultHost } from './default-host.ts';
import type { HostEntry } from './host-entry.ts';
import { hostOfEntry } from './host-of-entry.ts';
import type { HostResolver } from './host-resolver.ts';
import { parseHostsToml } from './parse-hosts-toml.ts';
import { readCertDir } from './read-cert-dir.ts';
import type { RegistryHost } from './registry-host.ts';

export interface HostsConfigOptions {
  /** Directories to look in, in order, joined by colons: containerd's `config_path`. */
  readonly configPath: string;
}

interface Loaded {
  /** Every file that it was made of. */
  readonly paths: readonly string[];
  readonly fingerprint: string;
  readonly hosts: readonly RegistryHost[];
}

/** Registries whose endpoints are kept in memory. */
const REGISTRIES = 256;

/**
 * Endpoints from a tree of hosts.toml files, as containerd has it. A registry without a directory has its own
 * address and no mirrors. Changes to the files, certificates among them, count from the next question on.
 * Source: containerd docs/hosts.md.
 */
export function createHostsConfig({ configPath }: HostsConfigOptions): HostResolver {
  const roots = configPath.split(':').filter((root) => root !== '');
  const cache = new LRUCache<string, Loaded>({ max: REGISTRIES });
  return {
    hostsFor: async (registry, { signal } = {}) => {
      const plain = defaultHost(registry);
      const dir = await findDir(roots, registry);
      signal?.throwIfAborted();
      if (dir === undefined) return [plain];
      const key = `${dir} ${registry}`;
      const known = cache.get(key);
      if (known !== undefined && (await fingerprintOf(known.paths)) === known.fingerprint) return known.hosts;
      const loaded = await load(dir, registry);
      cache.set(key, loaded);
      return loaded.hosts;
    },
  };
}

/** `host_port_` is for file systems without colons in names. */
async function findDir(roots: readonly string[], registry: string): Promise<string | undefined> {
  const portless = registry.replace(/:(\d+)$/, '_$1_');
  const names = [...new Set([portless, registry]), '_default'];
  for (const dir of roots.flatMap((root) => names.map((name) => join(root, name)))) {
    if ((await fingerprintOf([dir])) !== ABSENT) return dir;
  }
  return undefined;
}

async function load(dir: string, registry: string): Promise<Loaded> {
  const file = join(dir, 'hosts.toml');
  // Before reading: what changes meanwhile makes the next question read again.
  const before = await fingerprintOf([dir, file]);
  const entries = await readEntries(dir, file);
  const certificates = entries.flatMap((entry) => [
    ...entry.caPaths,
    ...entry.clientPaths.flatMap(({ cert, key }) => [cert, key]),
  ]);
  const rest = await fingerprintOf(certificates);
  const hosts = await Promise.all(entries.map((entry) => hostOfEntry(entry, registry)));
  return {
    paths: [dir, file, ...certificates],
    fingerprint: [before, rest].filter((part) => part !== '').join(' '),
    hosts,
  };
}

async function readEntries(dir: string, file: string): Promise<readonly HostEntry[]> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new RegistryError('INVALID', `${file}: cannot be read`, { cause });
  });
  return text === '' ? [await readCertDir(dir)] : parseHostsToml(text, file);
}

const ABSENT = 'absent';

/** Changes whenever one of the files is written, replaced, made or removed. */
async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      return found === undefined ? ABSENT : `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
    }),
  );
  return marks.join(' ');
}
