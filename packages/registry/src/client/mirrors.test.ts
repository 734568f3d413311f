import { randomBytes } from 'node:crypto';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, type TestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { createStaticCredentials } from '../credentials/create-static-credentials.ts';
import { defaultHost } from '../hosts/default-host.ts';
import type { HostResolver } from '../hosts/host-resolver.ts';
import type { HostCapability } from '../hosts/registry-host.ts';
import type { RegistryBlob } from '../registry-client.ts';

const bytes = randomBytes(20_000);

let mirror: TestRegistry;
let origin: TestRegistry;
let hosts: HostResolver;
let capabilities: HostCapability[];
let tested: TestClient;
let digest: string;
let blob: RegistryBlob;

beforeEach(async () => {
  [mirror, origin] = [await createTestRegistry(), await createTestRegistry()];
  capabilities = ['pull', 'resolve'];
  hosts = { hostsFor: async () => [defaultHost(mirror.host, { capabilities }), defaultHost(origin.host)] };
  tested = createTestClient({ hosts });
  mirror.addBlob(bytes);
  digest = origin.addBlob(bytes);
  blob = await tested.client.openBlob({ host: 'registry.example', repository: 'a/b' }, digest, {
    size: bytes.length,
  });
});
afterEach(async () => {
  await tested[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

const readsRight = async () =>
  expect(Buffer.from(await blob.read(5, 10_000)).equals(bytes.subarray(5, 10_005))).toBe(true);

describe('a registry with a mirror', () => {
  test('is read from the mirror, which is told whose it is', async () => {
    await readsRight();
    expect(mirror.requests.map(({ path }) => path)).toEqual([`/v2/a/b/blobs/${digest}?ns=registry.example`]);
    expect(origin.requests).toEqual([]);
  });

  test('does not tell itself whose it is', async () => {
    const own = await tested.client.openBlob({ host: mirror.host, repository: 'a/b' }, digest);
    await own.read(0, 1);
    expect(mirror.requests.map(({ path }) => path)).not.toContain(expect.stringContaining('ns='));
  });

  test.each([
    { kind: 'status', status: 404 },
    { kind: 'status', status: 403 },
    { kind: 'status', status: 401 },
    { kind: 'status', status: 500 },
    { kind: 'reset', afterBytes: 5 },
    { kind: 'wrong-range', shift: 1 },
  ] as const)('is read itself when the mirror answers %j', async (fault) => {
    mirror.faults.always(() => fault);
    await readsRight();
    expect(origin.requests).toHaveLength(1);
  });

  test('does not wait for a dead mirror with every range', async () => {
    await mirror[Symbol.asyncDispose]();
    for (let i = 0; i < 5; i += 1) await readsRight();
    expect(tested.logged).toHaveLength(1);
    expect(origin.requests).toHaveLength(5);
  });

  test('goes back to the mirror after a while', async () => {
    await using quick = createTestClient({ hosts, hostCooldownMs: 50 });
    const own = await quick.client.openBlob({ host: 'registry.example', repository: 'a/b' }, digest, {
      size: bytes.length,
    });
    mirror.faults.always(() => ({ kind: 'status', status: 503 }));
    await own.read(0, 1);
    mirror.faults.clear();
    await own.read(0, 1);
    expect(origin.requests).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await own.read(0, 1);
    expect(origin.requests).toHaveLength(2);
  });

  test('avoids a mirror that lacks one blob for that blob only', async () => {
    mirror.faults.next('blob', { kind: 'status', status: 404 });
    await readsRight();
    await readsRight();
    expect(origin.requests).toHaveLength(2);
    const other = randomBytes(10);
    const otherBlob = await tested.client.openBlob(
      { host: 'registry.example', repository: 'a/b' },
      mirror.addBlob(other),
      { size: 10 },
    );
    expect(Buffer.from(await otherBlob.read(0, 10)).equals(other)).toBe(true);
  });

  test('comes back to a mirror in trouble when the registry itself fails', async () => {
    mirror.faults.next('blob', { kind: 'status', status: 404 });
    await readsRight();
    origin.faults.always(() => ({ kind: 'status', status: 500 }));
    await readsRight();
    expect(mirror.requests).toHaveLength(2);
  });

  test('is asked for tags itself where the mirror may not resolve', async () => {
    const { digest: manifest } = origin.addManifest(
      'a/b',
      { schemaVersion: 2 },
      'application/vnd.oci.image.manifest.v1+json',
    );
    origin.tag('a/b', 'v1', manifest);
    capabilities = ['pull'];
    expect(
      (await tested.client.resolve({ host: 'registry.example', repository: 'a/b', tag: 'v1' })).digest,
    ).toBe(manifest);
    expect(mirror.requests).toEqual([]);
    await tested.client.manifest({ host: 'registry.example', repository: 'a/b' }, manifest);
    expect(mirror.requests).toHaveLength(1);
  });
});

describe('a registry whose hosts all fail', () => {
  test('is an error that tells what each of them said', async () => {
    mirror.faults.always(() => ({ kind: 'status', status: 404 }));
    origin.faults.always(() => ({ kind: 'status', status: 500 }));
    const error = await errorOf(blob.read(0, 1));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toMatch(
      new RegExp(
        `^registry ${origin.host} \\(for registry\\.example\\): blob sha256:.{13} of a/b: the server failed \\(HTTP 500\\); before that: ` +
          `registry ${mirror.host} \\(for registry\\.example\\): blob sha256:.{13} of a/b: not there \\(HTTP 404\\)$`,
      ),
    );
  });

  test('does not have a blob only if none of them has it', async () => {
    mirror.faults.always(() => ({ kind: 'status', status: 503 }));
    origin.faults.always(() => ({ kind: 'status', status: 404 }));
    expect((await errorOf(blob.read(0, 1))).code).toBe('UNAVAILABLE');
    mirror.faults.always(() => ({ kind: 'status', status: 404 }));
    expect((await errorOf(blob.read(0, 1))).code).toBe('NOT_FOUND');
  });

  test('because there is none is an error about the configuration', async () => {
    hosts = { hostsFor: async () => [defaultHost(mirror.host, { capabilities: ['resolve'] })] };
    await using none = createTestClient({ hosts });
    const error = await errorOf(none.client.openBlob({ host: 'registry.example', repository: 'a' }, digest));
    expect(error.code).toBe('INVALID');
    expect(error.message).toContain('hosts.toml names no host that may serve it');
  });
});

describe('credentials', () => {
  test('of one host do not go to another', async () => {
    const wanting = {
      kind: 'status',
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="x"' },
    } as const;
    mirror.faults.always(() => wanting);
    origin.faults.next('blob', wanting);
    await using client = createTestClient({
      hosts,
      credentials: createStaticCredentials({
        [origin.host]: { kind: 'basic', username: 'me', password: 'secret' },
      }),
    });
    const own = await client.client.openBlob({ host: 'registry.example', repository: 'a/b' }, digest, {
      size: bytes.length,
    });
    await own.read(0, 1);
    expect(mirror.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(origin.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
  });
});
