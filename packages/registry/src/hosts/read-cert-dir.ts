import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostEntry } from './host-entry.ts';

/**
 * The settings of a directory without a hosts.toml, in Docker's layout: `*.crt` are authorities, `*.cert` client
 * certificates whose keys are in `*.key` of the same name, or else in the same file.
 * Source: containerd core/remotes/docker/config/hosts.go, loadCertFiles.
 */
export async function readCertDir(dir: string): Promise<HostEntry> {
  const names = (await readdir(dir)).sort();
  const clients = names.filter((name) => name.endsWith('.cert'));
  return {
    url: undefined,
    capabilities: ['pull', 'resolve', 'push'],
    headers: {},
    caPaths: names.filter((name) => name.endsWith('.crt')).map((name) => join(dir, name)),
    clientPaths: clients.map((cert) => {
      const key = cert.replace(/\.cert$/, '.key');
      return { cert: join(dir, cert), key: join(dir, names.includes(key) ? key : cert) };
    }),
    skipVerify: undefined,
    dialTimeoutMs: undefined,
    rewrites: [],
  };
}
