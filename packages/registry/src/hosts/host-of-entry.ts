import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { RegistryError } from '../registry-error.ts';
import { defaultHost } from './default-host.ts';
import type { HostEntry } from './host-entry.ts';
import type { HostTls, RegistryHost } from './registry-host.ts';

/**
 * Makes an endpoint of what a configuration says of it, with the certificates it names.
 *
 * @param registry the registry whose endpoint it is, for an entry without a URL
 * @throws RegistryError INVALID where a certificate cannot be read or used
 */
export async function hostOfEntry(entry: HostEntry, registry: string): Promise<RegistryHost> {
  const { capabilities, headers, dialTimeoutMs } = entry;
  const tls = await loadTls(entry);
  if (entry.url === undefined) return defaultHost(registry, { tls, headers, capabilities, dialTimeoutMs });
  const baseUrl = new URL(entry.url);
  // Plain HTTP with TLS settings is ambiguous, save on port 80: containerd tries TLS first.
  const plainHttpFallback =
    baseUrl.protocol === 'http:' && baseUrl.port !== '' && Object.keys(tls).length > 0;
  if (plainHttpFallback) baseUrl.protocol = 'https:';
  return { baseUrl, capabilities, headers, tls, plainHttpFallback, dialTimeoutMs };
}

async function loadTls({ caPaths, clientPaths, skipVerify }: HostEntry): Promise<HostTls> {
  const ca = await Promise.all(
    caPaths.map((path) => checked(path, (pem) => createSecureContext({ ca: pem }))),
  );
  const clientPairs = await Promise.all(
    clientPaths.map(async (paths) => {
      const key = await readPem(paths.key);
      return { cert: await checked(paths.cert, (cert) => createSecureContext({ cert, key })), key };
    }),
  );
  return {
    ...(ca.length > 0 ? { ca } : {}),
    ...(clientPairs.length > 0 ? { clientPairs } : {}),
    ...(skipVerify === undefined ? {} : { skipVerify }),
  };
}

async function checked(path: string, use: (pem: string) => unknown): Promise<string> {
  const pem = await readPem(path);
  if (!pem.includes('-----BEGIN'))
    throw new RegistryError('INVALID', `${path}: not a certificate in PEM form`);
  try {
    use(pem);
    return pem;
  } catch (cause) {
    throw new RegistryError(
      'INVALID',
      `${path}: not a usable certificate in PEM form, or its key is another's`,
      { cause },
    );
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new RegistryError('INVALID', `${path}: a certificate or key that hosts.toml needs cannot be read`, {
      cause,
    });
  }
}
