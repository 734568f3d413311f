import { randomBytes } from 'node:crypto';
import { createTestCertificates, createTestProxy, createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, test } from 'vitest';
import { createTestClient, everythingOf } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { defaultHost } from '../hosts/default-host.ts';
import type { RegistryHost } from '../hosts/registry-host.ts';
import { createProxyRule } from './proxy-rule.ts';

const bytes = randomBytes(100_000);
const SECRET = 'proxy-pass-never-to-be-seen';

/** Reads a blob of a registry whose name only the proxy knows. */
async function setUp(options: {
  readonly scheme: 'http' | 'https';
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly userInfo?: string;
}) {
  const tls = options.scheme === 'https' ? await createTestCertificates() : undefined;
  const registry = await createTestRegistry(tls ? { tls } : {});
  const { credentials } = options;
  const proxy = await createTestProxy({ target: registry.host, ...(credentials ? { credentials } : {}) });
  const host: RegistryHost = {
    ...defaultHost('r.invalid', { tls: { skipVerify: true } }),
    baseUrl: new URL(`${options.scheme}://r.invalid:5000/v2`),
  };
  const address = proxy.url.replace('//', `//${options.userInfo ?? ''}`);
  const tested = createTestClient({
    hosts: { hostsFor: async () => [host] },
    proxies: createProxyRule({ HTTP_PROXY: address, HTTPS_PROXY: address }),
  });
  const digest = registry.addBlob(bytes);
  const read = async (offset: number, length: number) => {
    const reference = { host: 'r.invalid:5000', repository: 'a' };
    const blob = await tested.client.openBlob(reference, digest, { size: bytes.length });
    return Buffer.from(await blob.read(offset, length));
  };
  return {
    registry,
    proxy,
    tested,
    read,
    digest,
    [Symbol.asyncDispose]: async () => {
      await tested[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

describe('a registry behind a proxy', () => {
  test('is asked over HTTPS through a tunnel, which is kept', async () => {
    await using t = await setUp({ scheme: 'https' });
    expect((await t.read(10, 90_000)).equals(bytes.subarray(10, 90_010))).toBe(true);
    for (let i = 0; i < 5; i += 1) await t.read(0, 10);
    expect([...new Set(t.proxy.asked)]).toEqual(['CONNECT r.invalid:5000']);
    expect(t.proxy.asked.length).toBeLessThan(4);
    expect(t.registry.requests).toHaveLength(6);
  });

  test('is asked over plain HTTP without a tunnel', async () => {
    await using t = await setUp({ scheme: 'http' });
    expect((await t.read(10, 90_000)).equals(bytes.subarray(10, 90_010))).toBe(true);
    expect(t.proxy.asked).toEqual([`GET http://r.invalid:5000/v2/a/blobs/${t.digest}`]);
    expect(t.registry.requests[0]?.headers.host).toBe('r.invalid:5000');
  });

  test.each(['http', 'https'] as const)(
    'gets the proxy the password of its address over %s',
    async (scheme) => {
      const credentials = { username: 'me', password: SECRET };
      await using t = await setUp({ scheme, credentials, userInfo: `me:${SECRET}@` });
      expect(await t.read(0, 10)).toHaveLength(10);
      expect(t.registry.requests[0]?.headers['proxy-authorization']).toBeUndefined();
    },
  );

  test.each(['http', 'https'] as const)(
    'that refuses the password is an error without it over %s',
    async (scheme) => {
      const credentials = { username: 'me', password: 'other' };
      await using t = await setUp({ scheme, credentials, userInfo: `me:${SECRET}@` });
      const error = await errorOf(t.read(0, 10));
      expect(error.code).toBe('UNAVAILABLE');
      expect(error.message).toContain('HTTP 407');
      expect(t.proxy.asked).toHaveLength(1);
      const seen = [everythingOf(error), ...t.tested.logged].join('\n');
      expect(seen).not.toContain(SECRET);
      expect(seen).not.toContain(Buffer.from(`me:${SECRET}`).toString('base64'));
    },
  );

  test.each(['http', 'https'] as const)(
    'that is not running is an error that names it over %s',
    async (scheme) => {
      await using t = await setUp({ scheme, userInfo: `me:${SECRET}@` });
      await t.proxy[Symbol.asyncDispose]();
      const error = await errorOf(t.read(0, 10));
      expect(error.message).toMatch(
        new RegExp(
          `of a: through the proxy ${t.proxy.host}: the proxy refuses connections; is it running\\?$`,
        ),
      );
      expect([everythingOf(error), ...t.tested.logged].join('\n')).not.toContain(SECRET);
    },
  );
});

describe('a loopback registry', () => {
  test('is asked directly, whatever the environment says', async () => {
    await using t = await setUp({ scheme: 'http' });
    const address = t.proxy.url;
    await using tested = createTestClient({
      proxies: createProxyRule({ HTTP_PROXY: address, HTTPS_PROXY: address }),
    });
    const blob = await tested.client.openBlob({ host: t.registry.host, repository: 'a' }, t.digest, {
      size: 1000,
    });
    await blob.read(0, 1).catch(() => {});
    expect(t.registry.requests).not.toHaveLength(0);
    expect(t.proxy.asked).toEqual([]);
  });
});
