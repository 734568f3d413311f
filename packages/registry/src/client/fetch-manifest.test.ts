import { createHash } from 'node:crypto';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, type TestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import type { ImageReference } from '../image-reference.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const content = { schemaVersion: 2, mediaType: INDEX, manifests: [] };
const text = JSON.stringify(content);

let registry: TestRegistry;
let tested: TestClient;
let digest: string;
let reference: ImageReference;

beforeEach(async () => {
  registry = await createTestRegistry();
  tested = createTestClient();
  digest = registry.addManifest('library/py', content, INDEX).digest;
  registry.tag('library/py', '3.13', digest);
  reference = { host: registry.host, repository: 'library/py', tag: '3.13' };
});
afterEach(async () => {
  await tested[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

describe('a manifest', () => {
  test('is fetched by digest, with its media type', async () => {
    const manifest = await tested.client.manifest(reference, digest);
    expect(manifest).toMatchObject({ digest, mediaType: INDEX });
    expect(Buffer.from(manifest.bytes).toString()).toBe(text);
  });

  test('is asked for in every form of OCI and Docker', async () => {
    await tested.client.manifest(reference, digest);
    const accepted = registry.requests[0]?.headers.accept?.split(', ');
    expect(accepted).toEqual([
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ]);
  });

  test('is found by the tag of a reference, and by latest without one', async () => {
    registry.tag('library/py', 'latest', digest);
    expect((await tested.client.resolve(reference)).digest).toBe(digest);
    const bare = { host: registry.host, repository: 'library/py' };
    expect((await tested.client.resolve(bare)).digest).toBe(digest);
    expect(registry.requests.map(({ name }) => name)).toEqual(['3.13', 'latest']);
  });

  test('is found by the digest of a reference that has both', async () => {
    expect((await tested.client.resolve({ ...reference, tag: 'gone', digest })).digest).toBe(digest);
  });

  test('gets its digest from its bytes where the registry does not tell', async () => {
    registry.faults.next('manifest', {
      kind: 'status',
      status: 200,
      body: text,
      headers: { 'content-type': `${INDEX}; charset=utf-8` },
    });
    expect(await tested.client.resolve(reference)).toMatchObject({ digest, mediaType: INDEX });
  });

  test('is verified by SHA-512 where its digest is one', async () => {
    const sha512 = `sha512:${createHash('sha512').update(text).digest('hex')}`;
    registry.faults.always(() => ({ kind: 'status', status: 200, body: text }));
    expect((await tested.client.manifest(reference, sha512)).digest).toBe(sha512);
  });

  test('with other bytes than its digest says is asked for again, and then refused', async () => {
    registry.faults.next('manifest', { kind: 'corrupt' });
    expect((await tested.client.manifest(reference, digest)).digest).toBe(digest);
    registry.faults.always(() => ({ kind: 'corrupt' }));
    const error = await errorOf(tested.client.manifest(reference, digest));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('library/py: the bytes that came have the digest sha256:');
  });

  test('of a tag with other bytes than Docker-Content-Digest says is refused', async () => {
    registry.faults.always(() => ({ kind: 'corrupt' }));
    const error = await errorOf(tested.client.resolve(reference));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain(`registry ${registry.host}: tag 3.13 of library/py: `);
  });

  test('under a Docker-Content-Digest that is no digest is refused', async () => {
    registry.faults.always(() => ({
      kind: 'status',
      status: 200,
      body: text,
      headers: { 'docker-content-digest': 'constructor:00' },
    }));
    expect((await errorOf(tested.client.resolve(reference))).message).toContain(
      'a Docker-Content-Digest that is no digest',
    );
  });

  test('that is longer than any manifest is refused without reading all of it', async () => {
    const huge = registry.addManifest('library/py', new Uint8Array(40 * 1024 * 1024), INDEX);
    const error = await errorOf(tested.client.manifest(reference, huge.digest));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('longer than 4194304 bytes');
    expect(registry.requests).toHaveLength(1);
  });

  test('that is not there is NOT_FOUND, with registry, tag and repository', async () => {
    const error = await errorOf(tested.client.resolve({ ...reference, tag: 'none' }));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toBe(`registry ${registry.host}: tag none of library/py: not there (HTTP 404)`);
  });

  test.each(['latest', 'sha256:0', `sha256:${'g'.repeat(64)}`])(
    'is not fetched by %j as a digest',
    async (name) => {
      expect((await errorOf(tested.client.manifest(reference, name))).code).toBe('INVALID');
      expect(registry.requests).toEqual([]);
    },
  );

  test.each(['', '.a', 'a/b', 'a?b', '../x'])('is not fetched by %j as a tag', async (tag) => {
    expect((await errorOf(tested.client.resolve({ ...reference, tag }))).code).toBe('INVALID');
    expect(registry.requests).toEqual([]);
  });

  test('that stalls is asked for again', async () => {
    registry.faults.next('manifest', { kind: 'stall', afterBytes: 10 });
    expect((await tested.client.manifest(reference, digest)).digest).toBe(digest);
    expect(registry.requests).toHaveLength(2);
  });

  test('is no longer wanted when its signal is aborted', async () => {
    registry.faults.always(() => ({ kind: 'hang' }));
    const controller = new AbortController();
    const fetched = tested.client.manifest(reference, digest, { signal: controller.signal });
    await expect.poll(() => registry.requests.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(fetched).rejects.toThrow('enough');
  });
});
