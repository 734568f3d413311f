import { randomBytes } from 'node:crypto';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, type TestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { createStaticCredentials } from '../credentials/create-static-credentials.ts';
import { defaultHost } from '../hosts/default-host.ts';
import type { RegistryBlob } from '../registry-client.ts';

const SIZE = 100_000;
const bytes = randomBytes(SIZE);
const SECRET = 'pass-word-never-to-be-seen';

let registry: TestRegistry;
let tested: TestClient;
let blob: RegistryBlob;

beforeEach(async () => {
  registry = await createTestRegistry({
    redirectBlobs: true,
    auth: { kind: 'basic', username: 'me', password: SECRET },
  });
  tested = createTestClient({
    credentials: createStaticCredentials({
      [registry.host]: { kind: 'basic', username: 'me', password: SECRET },
    }),
    hosts: { hostsFor: async (host) => [defaultHost(host, { headers: { 'X-Meta-Secret': SECRET } })] },
  });
  const digest = registry.addBlob(bytes);
  blob = await tested.client.openBlob({ host: registry.host, repository: 'a/b' }, digest, { size: SIZE });
});
afterEach(async () => {
  await tested[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const kinds = () => registry.requests.map(({ kind }) => kind);
const readsRight = async (offset: number, length: number) =>
  expect(Buffer.from(await blob.read(offset, length)).equals(bytes.subarray(offset, offset + length))).toBe(
    true,
  );

describe('a blob that lies in object storage', () => {
  test('is read there, and its address is asked for once for many ranges', async () => {
    await readsRight(0, 1000);
    await readsRight(50_000, 50_000);
    await readsRight(99_999, 1);
    expect(kinds()).toEqual(['blob', 'blob', 'storage', 'storage', 'storage']);
    expect(registry.requests.slice(0, 3).map(({ status }) => status)).toEqual([401, 307, 206]);
  });

  test('gets the range, but no credential and no configured header', async () => {
    await readsRight(0, 1000);
    const storage = registry.requests.find(({ kind }) => kind === 'storage');
    expect(storage?.headers).toMatchObject({ range: 'bytes=0-999', 'accept-encoding': 'identity' });
    expect(storage?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(storage)).not.toContain(SECRET);
    const asked = registry.requests.filter(({ kind }) => kind === 'blob');
    expect(asked.every(({ headers }) => headers['x-meta-secret'] === SECRET)).toBe(true);
  });

  test('gets a new address at once when the signature has expired', async () => {
    await readsRight(0, 1000);
    registry.expireSignatures();
    await readsRight(2000, 1000);
    expect(kinds()).toEqual(['blob', 'blob', 'storage', 'storage', 'blob', 'storage']);
    expect(tested.logged).toEqual([]);
  });

  test.each([400, 401, 404, 410])('gets a new address at once when storage answers %d', async (status) => {
    await readsRight(0, 1000);
    registry.faults.next('storage', { kind: 'status', status });
    await readsRight(2000, 1000);
    expect(kinds().slice(3)).toEqual(['storage', 'blob', 'storage']);
  });

  test.each([
    { kind: 'reset', afterBytes: 0 },
    { kind: 'status', status: 503 },
    { kind: 'truncate', afterBytes: 10 },
  ] as const)('is asked for again after $kind', async (fault) => {
    await readsRight(0, 1000);
    registry.faults.next('storage', fault);
    await readsRight(2000, 1000);
    expect(tested.logged).toHaveLength(1);
  });

  test('that refuses fresh signatures is an error which names the storage, and no signature', async () => {
    registry.faults.always(({ kind }) => (kind === 'storage' ? { kind: 'status', status: 403 } : undefined));
    const error = await errorOf(blob.read(0, 10));
    expect(error.code).toBe('FORBIDDEN');
    expect(error.message).toContain(
      `of a/b: redirected to ${registry.storageHost}: the storage refuses the address that the registry gave for it (HTTP 403)`,
    );
    expect(error.message).not.toContain('signature');
  });

  test('with an end that the size contradicts is a clear error', async () => {
    const reference = { host: registry.host, repository: 'a/b' };
    const other = await tested.client.openBlob(reference, registry.addBlob(bytes), { size: SIZE + 10 });
    const error = await errorOf(other.read(SIZE, 10));
    expect(error.message).toContain('HTTP 416');
  });

  test('is counted as requests of the kind redirect at the host of the storage', async () => {
    await readsRight(0, 1000);
    await expect
      .poll(() => tested.reports.filter(({ kind }) => kind === 'redirect'))
      .toEqual([
        {
          host: registry.storageHost,
          kind: 'redirect',
          status: 206,
          bytes: 1000,
          durationMs: expect.any(Number),
        },
      ]);
  });
});

describe('a redirect', () => {
  const elsewhere = (location: string, status?: number) =>
    registry.faults.always(({ kind }) =>
      kind === 'blob' ? { kind: 'redirect', location, ...(status ? { status } : {}) } : undefined,
    );

  test.each([301, 302, 303, 307, 308])('with status %d is followed', async (status) => {
    await readsRight(0, 10);
    const location = `http://${registry.storageHost}${registry.requests.at(-1)?.path}`;
    registry.faults.next('storage', { kind: 'status', status: 403 });
    elsewhere(location, status);
    await readsRight(10, 10);
    expect(registry.requests.at(-1)).toMatchObject({ kind: 'storage', status: 206 });
  });

  test('within the registry keeps the credential', async () => {
    const digest = registry.addBlob(bytes);
    registry.faults.next('blob', { kind: 'redirect', location: `/v2/moved/blobs/${digest}` });
    await readsRight(0, 10);
    const moved = registry.requests.filter(({ repository }) => repository === 'moved');
    expect(moved.map(({ status }) => status)).toEqual([401, 307]);
    expect(moved[1]?.headers.authorization).toMatch(/^Basic /);
  });

  test.each(['', 'ftp://host/x', 'file:///etc/passwd', 'http://', 'javascript:0'])(
    'to %j is an error',
    async (location) => {
      elsewhere(location === '' ? ' ' : location);
      const error = await errorOf(blob.read(0, 10));
      expect(error.code).toBe('BAD_RESPONSE');
    },
  );

  test('that leads in a circle is an error', async () => {
    elsewhere('/v2/a/b/blobs/again');
    const error = await errorOf(blob.read(0, 10));
    expect(error.message).toContain('more than 5 redirects');
  });

  test('to a host that is not there names it', async () => {
    await using gone = await createTestRegistry();
    await gone[Symbol.asyncDispose]();
    elsewhere(`${gone.url}/x?signature=${SECRET}`);
    const error = await errorOf(blob.read(0, 10));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(`redirected to ${gone.host}: connection refused`);
    expect(error.message).not.toContain(SECRET);
  });
});
