import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTestCertificates, createTestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, everythingOf } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { createHostsConfig } from './create-hosts-config.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-hosts-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const urlsFor = async (host: string, configPath = root) =>
  (await createHostsConfig({ configPath }).hostsFor(host)).map(({ baseUrl }) => baseUrl.href);

describe('createHostsConfig', () => {
  test('gives a registry without a directory its own address', async () => {
    expect(await urlsFor('ghcr.io')).toEqual(['https://ghcr.io/v2']);
    expect(await urlsFor('docker.io')).toEqual(['https://registry-1.docker.io/v2']);
    expect(await urlsFor('ghcr.io', join(root, 'none'))).toEqual(['https://ghcr.io/v2']);
  });

  test('gives mirrors first, then the server, or else the registry itself', async () => {
    await write('docker.io/hosts.toml', '[host."https://mirror.example"]');
    expect(await urlsFor('docker.io')).toEqual([
      'https://mirror.example/v2',
      'https://registry-1.docker.io/v2',
    ]);
    await write('ghcr.io/hosts.toml', 'server = "https://other.example"\n[host."https://mirror.example"]');
    expect(await urlsFor('ghcr.io')).toEqual(['https://mirror.example/v2', 'https://other.example/v2']);
  });

  test('prefers host_port_ to host:port to _default', async () => {
    await write('_default/hosts.toml', '[host."https://default.example"]');
    expect(await urlsFor('r.example:5000')).toEqual([
      'https://default.example/v2',
      'https://r.example:5000/v2',
    ]);
    await write('r.example:5000/hosts.toml', 'server = "https://colon.example"');
    expect(await urlsFor('r.example:5000')).toEqual(['https://colon.example/v2']);
    await write('r.example_5000_/hosts.toml', 'server = "https://underscore.example"');
    expect(await urlsFor('r.example:5000')).toEqual(['https://underscore.example/v2']);
  });

  test('looks in every directory of its path', async () => {
    await write('two/ghcr.io/hosts.toml', 'server = "https://two.example"');
    expect(await urlsFor('ghcr.io', `${join(root, 'one')}:${join(root, 'two')}`)).toEqual([
      'https://two.example/v2',
    ]);
  });

  test.each(['..', '.', 'a/../..', 'a/b', ''])('does not look for %j anywhere', async (host) => {
    await write('hosts.toml', 'server = "https://outside.example"');
    await mkdir(join(root, 'in'));
    expect((await errorOf(createHostsConfig({ configPath: join(root, 'in') }).hostsFor(host))).code).toBe(
      'INVALID',
    );
  });

  test('reads a file again when it has changed, and only then', async () => {
    const config = createHostsConfig({ configPath: root });
    await write('ghcr.io/hosts.toml', 'server = "https://one.example"');
    const first = await config.hostsFor('ghcr.io');
    expect(await config.hostsFor('ghcr.io')).toBe(first);
    await write('ghcr.io/hosts.toml', 'server = "https://two.example"');
    expect((await config.hostsFor('ghcr.io'))[0]?.baseUrl.href).toBe('https://two.example/v2');
    await rm(join(root, 'ghcr.io'), { recursive: true });
    expect((await config.hostsFor('ghcr.io'))[0]?.baseUrl.href).toBe('https://ghcr.io/v2');
  });

  test('says which file and line is wrong, and recovers when it is mended', async () => {
    const config = createHostsConfig({ configPath: root });
    await write('ghcr.io/hosts.toml', '\nnonsense = 1');
    const error = await errorOf(config.hostsFor('ghcr.io'));
    expect(error.message).toContain(`${join(root, 'ghcr.io/hosts.toml')}:2: 'nonsense' is not a key`);
    await write('ghcr.io/hosts.toml', '');
    expect(await config.hostsFor('ghcr.io')).toHaveLength(1);
  });

  test('says which certificate is missing or none', async () => {
    await write('a.example/hosts.toml', 'ca = "ca.pem"');
    const missing = await errorOf(createHostsConfig({ configPath: root }).hostsFor('a.example'));
    expect(missing.message).toContain(`${join(root, 'a.example/ca.pem')}: a certificate or key`);
    await write('a.example/ca.pem', 'none');
    const none = await errorOf(createHostsConfig({ configPath: root }).hostsFor('a.example'));
    expect(none.message).toContain(`${join(root, 'a.example/ca.pem')}: holds no certificate in PEM form`);
    await write('a.example/ca.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const broken = await errorOf(createHostsConfig({ configPath: root }).hostsFor('a.example'));
    expect(broken.message).toContain('ca.pem: holds a broken certificate');
  });

  test('says which key is not that of the certificate', async () => {
    const [one, other] = [await createTestCertificates(), await createTestCertificates()];
    await write('a.example/hosts.toml', 'client = [["me.cert", "me.key"]]');
    await write('a.example/me.cert', one.client.cert);
    await write('a.example/me.key', other.client.key);
    const error = await errorOf(createHostsConfig({ configPath: root }).hostsFor('a.example'));
    expect(error.message).toContain('me.key: not the private key, in PEM form, of the certificate');
    expect(everythingOf(error)).not.toContain('PRIVATE KEY');
  });

  test('takes plain HTTP with TLS settings for either, save on port 80', async () => {
    await write(
      'a/hosts.toml',
      '[host."http://m.example:5000"]\nskip_verify = true\n[host."http://n.example"]\nskip_verify = true\n[host."http://o.example:5000"]',
    );
    const hosts = await createHostsConfig({ configPath: root }).hostsFor('a');
    expect(
      hosts.slice(0, 3).map(({ baseUrl, plainHttpFallback }) => [baseUrl.href, plainHttpFallback]),
    ).toEqual([
      ['https://m.example:5000/v2', true],
      ['http://n.example/v2', false],
      ['http://o.example:5000/v2', false],
    ]);
  });
});

describe('a registry that speaks HTTPS', () => {
  const bytes = Buffer.from('the bytes of a blob');

  async function setUp(options: { readonly clientCertificate?: boolean } = {}) {
    const tls = await createTestCertificates();
    const registry = await createTestRegistry({ tls, ...options });
    const dir = registry.host.replace(/:(\d+)$/, '_$1_');
    const tested = createTestClient({ hosts: createHostsConfig({ configPath: root }) });
    return {
      tls,
      registry,
      dir,
      read: async (host = registry.host) => {
        const blob = await tested.client.openBlob({ host, repository: 'a' }, registry.addBlob(bytes), {
          size: bytes.length,
        });
        return Buffer.from(await blob.read(4, 5)).toString();
      },
      [Symbol.asyncDispose]: async () => {
        await tested[Symbol.asyncDispose]();
        await registry[Symbol.asyncDispose]();
      },
    };
  }

  test('on loopback is read without configuration', async () => {
    await using t = await setUp();
    expect(await t.read()).toBe('bytes');
  });

  test('is read where hosts.toml names its authority', async () => {
    await using t = await setUp();
    await write(`${t.dir}/hosts.toml`, `server = "${t.registry.url}"\nca = "ca.pem"`);
    await write(`${t.dir}/ca.pem`, t.tls.ca);
    expect(await t.read()).toBe('bytes');
  });

  test('is read where its authority lies in a .crt file, and only that one', async () => {
    await using t = await setUp();
    await write(`${t.dir}/ca.crt`, t.tls.ca);
    expect(await t.read()).toBe('bytes');
    await write(`${t.dir}/ca.crt`, (await createTestCertificates()).ca);
    expect((await errorOf(t.read())).message).toContain('certificate is not trusted');
  });

  test('is read where hosts.toml says skip_verify', async () => {
    await using t = await setUp();
    await write(`${t.dir}/hosts.toml`, `server = "${t.registry.url}"\nskip_verify = true`);
    expect(await t.read()).toBe('bytes');
  });

  test('is refused where its authority is not known, in one try and with advice', async () => {
    await using t = await setUp();
    await write(`${t.dir}/hosts.toml`, `server = "${t.registry.url}"`);
    const error = await errorOf(t.read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(
      "the server's certificate is not trusted; name its authority as `ca` in that host's hosts.toml",
    );
    expect(t.registry.requests).toEqual([]);
  });

  test.each([
    [
      'hosts.toml',
      async (dir: string, cert: string, key: string) => {
        await write(`${dir}/hosts.toml`, 'ca = "ca.crt"\nclient = [["me.cert", "me.key"]]');
        await write(`${dir}/me.cert`, cert);
        await write(`${dir}/me.key`, key);
      },
    ],
    [
      '.cert and .key files',
      async (dir: string, cert: string, key: string) => {
        await write(`${dir}/me.cert`, cert);
        await write(`${dir}/me.key`, key);
      },
    ],
    [
      'one .cert file with both',
      async (dir: string, cert: string, key: string) => {
        await write(`${dir}/me.cert`, `${cert}\n${key}`);
      },
    ],
  ] as const)('and wants a client certificate gets it from %s', async (_name, configure) => {
    await using t = await setUp({ clientCertificate: true });
    await write(`${t.dir}/ca.crt`, t.tls.ca);
    expect((await errorOf(t.read())).code).toBe('UNAVAILABLE');
    await configure(t.dir, t.tls.client.cert, t.tls.client.key);
    expect(await t.read()).toBe('bytes');
  });

  test('does not get a client certificate when a redirect leads to it', async () => {
    await using t = await setUp({ clientCertificate: true });
    await using front = await createTestRegistry();
    const dir = front.host.replace(/:(\d+)$/, '_$1_');
    await write(
      `${dir}/hosts.toml`,
      `server = "${front.url}"\nca = "ca.crt"\nclient = [["me.cert", "me.key"]]`,
    );
    await write(`${dir}/ca.crt`, t.tls.ca);
    await write(`${dir}/me.cert`, t.tls.client.cert);
    await write(`${dir}/me.key`, t.tls.client.key);
    front.faults.always(({ path }) => ({ kind: 'redirect', location: t.registry.url + path }));
    const error = await errorOf(t.read(front.host));
    expect(error.message).toContain(`redirected to ${t.registry.host}`);
    expect(t.registry.requests).toEqual([]);
  });

  test('is not taken for one with plain HTTP', async () => {
    await using plain = await createTestRegistry();
    await write(`${plain.host.replace(/:(\d+)$/, '_$1_')}/hosts.toml`, `server = "https://${plain.host}"`);
    await using tested = createTestClient({ hosts: createHostsConfig({ configPath: root }) });
    const error = await errorOf(
      tested.client.openBlob({ host: plain.host, repository: 'a' }, plain.addBlob(bytes)),
    );
    expect(error.message).toContain('the server speaks plain HTTP; name it with http:// in a hosts.toml');
  });
});
