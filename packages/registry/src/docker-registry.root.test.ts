import { createHash, randomBytes } from 'node:crypto';
import { createTestRegistry } from '@sluice/testkit/registry';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../test/create-test-client.ts';
import { debianProgram } from '../test/debian-program.ts';
import { startDockerRegistry } from '../test/docker-registry.ts';
import { errorOf } from '../test/error-of.ts';
import { createStaticCredentials } from './credentials/create-static-credentials.ts';
import { defaultHost } from './hosts/default-host.ts';

const SIZE = 3_000_000;
const bytes = randomBytes(SIZE);
const ACCOUNT = { username: 'demo', password: 'demo password' } as const;
/** Of ACCOUNT. */
const HTPASSWD = 'demo:$2b$05$0IAobKbZfMzs1daM5Me3.OWbMOVk.QijAsdK2bwD0ApX1Gj9ANjs6\n';
/** A real server on a busy machine. */
const PATIENCE = { headersTimeoutMs: 10_000, stallTimeoutMs: 10_000, connectTimeoutMs: 10_000 } as const;

const program = debianProgram('docker-registry', 'docker-registry');
const right = (offset: number, length: number) => bytes.subarray(offset, offset + length);

describe.skipIf(program === undefined)('the registry of the distribution project', () => {
  const start = (options: { readonly withAuth?: boolean } = {}) =>
    startDockerRegistry({
      program: program as string,
      ...(options.withAuth
        ? {
            htpasswd: HTPASSWD,
            authorization: `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}`,
          }
        : {}),
    });

  test('gives manifests by tag and digest, and any range of a blob', async () => {
    await using registry = await start();
    const digest = await registry.pushBlob('library/py', bytes);
    const config = Buffer.from('{}');
    const pushed = await registry.pushManifest('library/py', 'v1', {
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: await registry.pushBlob('library/py', config),
        size: config.length,
      },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: SIZE }],
    });
    await using tested = createTestClient(PATIENCE);
    const reference = { host: registry.host, repository: 'library/py', tag: 'v1' };
    const manifest = await tested.client.resolve(reference);
    expect(manifest.digest).toBe(pushed);
    expect((await tested.client.manifest(reference, pushed)).bytes).toEqual(manifest.bytes);

    const blob = await tested.client.openBlob(reference, digest);
    expect(blob.size).toBe(SIZE);
    const position = fc.integer({ min: 0, max: SIZE });
    await fc.assert(
      fc.asyncProperty(position, position, async (a, b) => {
        const [offset, length] = [Math.min(a, b), Math.abs(a - b)];
        expect(Buffer.from(await blob.read(offset, length)).equals(right(offset, length))).toBe(true);
      }),
      { numRuns: 20 },
    );
    expect((await errorOf(tested.client.openBlob(reference, `sha256:${'0'.repeat(64)}`))).code).toBe(
      'NOT_FOUND',
    );
    expect((await errorOf(tested.client.resolve({ ...reference, tag: 'none' }))).code).toBe('NOT_FOUND');
  }, 60_000);

  test('gives many ranges with one request', async () => {
    await using registry = await start();
    const digest = await registry.pushBlob('a', bytes);
    await using tested = createTestClient(PATIENCE);
    const blob = await tested.client.openBlob({ host: registry.host, repository: 'a' }, digest, {
      size: SIZE,
    });
    const ranges = Array.from({ length: 50 }, (_, at) => ({ offset: at * 50_000, length: 20_000 + at }));
    const read = await blob.readMany(ranges);
    expect(read.map((part) => Buffer.from(part))).toEqual(
      ranges.map((range) => right(range.offset, range.length)),
    );
    // Status 0 is the TLS handshake that a loopback host is tried with first.
    const statuses = () => tested.reports.map(({ status }) => status).filter((status) => status !== 0);
    await expect.poll(statuses).toEqual([206]);
  }, 60_000);

  test('takes artifacts, and lists them by the tag, whoever pushes at the same time', async () => {
    await using registry = await start({ withAuth: true });
    const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: SIZE }];
    const digest = await registry.pushBlob('team/app', bytes);
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', size: 2 };
    const manifest = await registry.pushManifest('team/app', 'v1', {
      config: { ...config, digest: await registry.pushBlob('team/app', Buffer.from('{}')) },
      layers: layers.map((layer) => ({ ...layer, digest })),
    });
    const account = { kind: 'basic', ...ACCOUNT } as const;
    const credentials = createStaticCredentials({ [registry.host]: account });
    const reference = { host: registry.host, repository: 'team/app', tag: 'v1' };
    const artifactType = 'application/vnd.example.thing';
    const attach = async (text: string) => {
      await using tested = createTestClient({ ...PATIENCE, credentials });
      const image = await tested.client.resolve(reference);
      const subject = { mediaType: image.mediaType, digest: manifest, size: image.bytes.length };
      const artifact = { subject, artifactType, mediaType: artifactType, bytes: Buffer.from(text) };
      return await tested.client.attach(reference, artifact);
    };
    const attached = await Promise.all(['a', 'b', 'c'].map(attach));
    await using tested = createTestClient({ ...PATIENCE, credentials });
    const found = await tested.client.referrers(reference, manifest, { artifactType });
    expect(new Set(found.map((one) => one.digest))).toEqual(new Set(attached.map((one) => one.digest)));
    const { bytes: body } = await tested.client.manifest(reference, found[0]!.digest);
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      artifactType,
      subject: { digest: manifest },
    });
    expect(await tested.client.referrers(reference, manifest, { artifactType: 'other' })).toEqual([]);
    await using stranger = createTestClient(PATIENCE);
    const subject = { mediaType: 'a', digest: manifest, size: 1 };
    const refused = stranger.client.attach(reference, { subject, artifactType, mediaType: 'a', bytes });
    expect((await errorOf(refused)).code).toBe('UNAUTHORIZED');
  }, 60_000);

  test('wants credentials, and says which are wrong', async () => {
    await using registry = await start({ withAuth: true });
    const digest = await registry.pushBlob('team/app', bytes);
    const read = async (password: string | undefined) => {
      const account = { kind: 'basic', username: ACCOUNT.username, password: password ?? '' } as const;
      await using tested = createTestClient({
        ...PATIENCE,
        credentials: createStaticCredentials(password === undefined ? {} : { [registry.host]: account }),
      });
      const reference = { host: registry.host, repository: 'team/app' };
      const blob = await tested.client.openBlob(reference, digest, { size: SIZE });
      return await blob.read(0, 1000);
    };
    expect(Buffer.from(await read(ACCOUNT.password)).equals(right(0, 1000))).toBe(true);
    expect((await errorOf(read('wrong'))).message).toContain('the registry refuses the credentials');
    expect((await errorOf(read(undefined))).message).toContain(
      'the registry wants credentials, and there are none',
    );
  }, 60_000);

  test('takes over within a read from a mirror that fails or sends wrong bytes, and its mirror from it', async () => {
    await using registry = await start();
    const digest = await registry.pushBlob('a', bytes);
    await using other = await createTestRegistry();
    other.addBlob(bytes);
    const hosts = { hostsFor: async () => [defaultHost(other.host), defaultHost(registry.host)] };
    await using tested = createTestClient({ ...PATIENCE, hosts });
    const blob = await tested.client.openBlob({ host: 'registry.example', repository: 'a' }, digest, {
      size: SIZE,
    });
    const sha256 = (of: Uint8Array) => createHash('sha256').update(of).digest('hex');
    const verify = (read: Uint8Array) => {
      if (sha256(read) !== sha256(right(0, 2_000_000))) throw new Error('another digest');
    };
    other.faults.always(() => ({ kind: 'corrupt' }));
    expect(Buffer.from(await blob.read(0, 2_000_000, { verify })).equals(right(0, 2_000_000))).toBe(true);
    other.faults.clear();
    await registry.kill();
    expect(Buffer.from(await blob.read(5, 1_000_000)).equals(right(5, 1_000_000))).toBe(true);
  }, 60_000);
});
