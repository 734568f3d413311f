import { createHash, randomBytes } from 'node:crypto';
import { createTestRegistry, type Fault, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, type TestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { defaultHost } from '../hosts/default-host.ts';
import type { RegistryBlob } from '../registry-client.ts';

const SIZE = 300_000;
const bytes = randomBytes(SIZE);
const OFFSET = 1000;
const LENGTH = 200_000;
const right = bytes.subarray(OFFSET, OFFSET + LENGTH);

/** Hosts of one registry, in the order of hosts.toml; the last is the registry itself. */
let hosts: [TestRegistry, TestRegistry, TestRegistry];
let tested: TestClient;
let blob: RegistryBlob;

beforeEach(async () => {
  hosts = [await createTestRegistry(), await createTestRegistry(), await createTestRegistry()];
  const resolver = { hostsFor: async () => hosts.map(({ host }) => defaultHost(host)) };
  tested = createTestClient({ hosts: resolver, attemptsPerHost: 3 });
  const digest = hosts.map((host) => host.addBlob(bytes))[0] as string;
  const reference = { host: 'registry.example', repository: 'a/b' };
  blob = await tested.client.openBlob(reference, digest, { size: SIZE });
});
afterEach(async () => {
  await tested[Symbol.asyncDispose]();
  for (const host of hosts) await host[Symbol.asyncDispose]();
});

const asked = () => hosts.map(({ requests }) => requests.length);
const failWith = (host: TestRegistry, fault: Fault) => host.faults.always(() => fault);
const isRight = (read: Uint8Array) => Buffer.from(read).equals(right);

/** As a layer's chunk is verified. */
function verify(read: Uint8Array): void {
  const digest = (of: Uint8Array) => createHash('sha256').update(of).digest('hex');
  if (digest(read) !== digest(right)) throw new Error('chunk 7 has another digest');
}

describe('a host that fails in the middle of a read', () => {
  test.each<Fault>([
    { kind: 'reset', afterBytes: 100_000 },
    { kind: 'truncate', afterBytes: 100_000 },
    { kind: 'short', bytes: 1 },
    { kind: 'long', bytes: 1 },
    { kind: 'stall', afterBytes: 100_000 },
    { kind: 'drip', bytes: 100, pauseMs: 20 },
    { kind: 'hang' },
    { kind: 'wrong-range', shift: 10 },
    { kind: 'encoding', value: 'gzip' },
    { kind: 'redirect', location: 'http://127.0.0.1:1/' },
    { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    { kind: 'status', status: 403 },
    { kind: 'status', status: 404 },
  ])(
    'with $kind $status is left for the next one within the read, and asked last after that',
    async (fault) => {
      failWith(hosts[0], fault);
      expect(isRight(await blob.read(OFFSET, LENGTH))).toBe(true);
      expect(isRight(await blob.read(OFFSET, LENGTH))).toBe(true);
      expect(asked()).toEqual([1, 2, 0]);
    },
  );

  test('is left for the next one, and that for the one after it', async () => {
    failWith(hosts[0], { kind: 'reset', afterBytes: 10 });
    failWith(hosts[1], { kind: 'stall', afterBytes: 10 });
    expect(isRight(await blob.read(OFFSET, LENGTH))).toBe(true);
    expect(asked()).toEqual([1, 1, 1]);
  });

  test('is asked again when all the others have failed', async () => {
    hosts[0].faults.next('blob', { kind: 'reset', afterBytes: 10 });
    failWith(hosts[1], { kind: 'status', status: 500 });
    failWith(hosts[2], { kind: 'status', status: 404 });
    expect(isRight(await blob.read(OFFSET, LENGTH))).toBe(true);
    expect(asked()).toEqual([2, 1, 1]);
  });

  test('is asked only as often as allowed, and not again after a final answer', async () => {
    failWith(hosts[0], { kind: 'status', status: 404 });
    failWith(hosts[1], { kind: 'status', status: 500 });
    failWith(hosts[2], { kind: 'status', status: 403 });
    const error = await errorOf(blob.read(OFFSET, LENGTH));
    expect(asked()).toEqual([1, 3, 1]);
    for (const { host } of hosts) expect(error.message).toContain(`registry ${host} (for registry.example)`);
  });
});

describe('a read that is verified', () => {
  test('leaves a host that sends wrong bytes for the next one, and asks it last for that blob only', async () => {
    failWith(hosts[0], { kind: 'corrupt' });
    expect(isRight(await blob.read(OFFSET, LENGTH, { verify }))).toBe(true);
    expect(isRight(await blob.read(OFFSET, LENGTH, { verify }))).toBe(true);
    expect(asked()).toEqual([1, 2, 0]);
    const other = hosts[0].addBlob(randomBytes(10));
    await (await tested.client.openBlob({ host: 'registry.example', repository: 'a/b' }, other)).read(0, 1);
    expect(asked()).toEqual([3, 2, 0]);
  });

  test('waits for a verification that takes its time', async () => {
    failWith(hosts[0], { kind: 'corrupt' });
    const slowly = async (read: Uint8Array) => {
      await new Promise((resolve) => setImmediate(resolve));
      verify(read);
    };
    expect(isRight(await blob.read(OFFSET, LENGTH, { verify: slowly }))).toBe(true);
  });

  test('fails, after its attempts, where every host sends wrong bytes', async () => {
    for (const host of hosts) failWith(host, { kind: 'corrupt' });
    const error = await errorOf(blob.read(OFFSET, LENGTH, { verify }));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain(
      `of a/b: bytes ${OFFSET}-${OFFSET + LENGTH - 1} came, but they are the wrong ones: chunk 7 has another digest`,
    );
    expect(asked()).toEqual([3, 3, 3]);
  });

  test('asks the registry for a fresh address where wrong bytes came from storage', async () => {
    await using storing = await createTestRegistry({ redirectBlobs: true });
    const digest = storing.addBlob(bytes);
    await using alone = createTestClient();
    const own = await alone.client.openBlob({ host: storing.host, repository: 'a' }, digest, { size: SIZE });
    storing.faults.next('storage', { kind: 'corrupt' });
    expect(isRight(await own.read(OFFSET, LENGTH, { verify }))).toBe(true);
    expect(storing.requests.map(({ kind }) => kind)).toEqual(['blob', 'storage', 'blob', 'storage']);
  });

  test('ends when it is aborted meanwhile, and blames nobody', async () => {
    const controller = new AbortController();
    const reading = blob.read(OFFSET, LENGTH, {
      signal: controller.signal,
      verify: () => {
        controller.abort(new Error('enough'));
        throw new Error('given up');
      },
    });
    await expect(reading).rejects.toThrow('enough');
    expect(tested.logged).toEqual([]);
    await blob.read(OFFSET, LENGTH);
    expect(asked()).toEqual([2, 0, 0]);
  });
});
