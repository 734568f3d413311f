import { X509Certificate } from 'node:crypto';
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
  const { capabilities, headers, dialTimeoutMs, rewrites } = entry;
  const tls = await loadTls(entry);
  if (entry.url === undefined)
    return defaultHost(registry, { tls, headers, capabilities, dialTimeoutMs, rewrites });
  const baseUrl = new URL(entry.url);
  // Plain HTTP with TLS settings is ambiguous, save on port 80: containerd tries TLS first.
  const plainHttpFallback =
    baseUrl.protocol === 'http:' && baseUrl.port !== '' && Object.keys(tls).length > 0;
  if (plainHttpFallback) baseUrl.protocol = 'https:';
  return { baseUrl, capabilities, headers, tls, plainHttpFallback, dialTimeoutMs, rewrites };
}

async function loadTls({ caPaths, clientPaths, skipVerify }: HostEntry): Promise<HostTls> {
  const ca = await Promise.all(caPaths.map(readCertificates));
  const clientPairs = await Promise.all(clientPaths.map(readPair));
  return {
    ...(ca.length > 0 ? { ca } : {}),
    ...(clientPairs.length > 0 ? { clientPairs } : {}),
    ...(skipVerify === undefined ? {} : { skipVerify }),
  };
}

async function readPair(paths: {
  readonly cert: string;
  readonly key: string;
}): Promise<{ cert: string; key: string }> {
  const [cert, key] = [await readCertificates(paths.cert), await readPem(paths.key)];
  try {
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const message = `${paths.key}: not the private key, in PEM form, of the certificate ${paths.cert}`;
    throw new RegistryError('INVALID', message, { cause });
  }
}

/** Node takes what is no certificate for none, without a word. */
async function readCertificates(path: string): Promise<string> {
  const pem = await readPem(path);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw new RegistryError('INVALID', `${path}: holds a broken certificate`, { cause });
  }
  if (blocks.length === 0) throw new RegistryError('INVALID', `${path}: holds no certificate in PEM form`);
  return pem;
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
