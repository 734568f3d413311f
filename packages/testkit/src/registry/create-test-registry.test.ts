import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestRegistry, type TestRegistry } from './create-test-registry.ts';

const bytes = randomBytes(600_000);

let registry: TestRegistry;
let digest: string;
beforeEach(async () => {
  registry = await createTestRegistry();
  digest = registry.addBlob(bytes);
});
afterEach(() => registry[Symbol.asyncDispose]());

const get = (path: string, init: RequestInit = {}) => fetch(registry.url + path, init);
const getBlob = (init?: RequestInit) => get(`/v2/a/b/blobs/${digest}`, init);
const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a test registry', () => {
  test('says that it is a registry', async () => {
    const response = await get('/v2/');
    expect(response.status).toBe(200);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  test('serves a blob whole, in ranges, and its headers alone', async () => {
    const whole = await getBlob();
    expect(whole.headers.get('docker-content-digest')).toBe(digest);
    expect((await bodyOf(whole)).equals(bytes)).toBe(true);

    const part = await getBlob({ headers: { range: 'bytes=100-299999' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 100-299999/600000');
    expect((await bodyOf(part)).equals(bytes.subarray(100, 300_000))).toBe(true);

    const head = await getBlob({ method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '600000']);
    expect((await getBlob({ headers: { range: 'bytes=600000-' } })).status).toBe(416);
  });

  test('serves a file from the disk', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-blob-'));
    try {
      await writeFile(join(dir, 'blob'), bytes);
      await writeFile(join(dir, 'empty'), '');
      const added = await registry.addBlobFile(join(dir, 'blob'));
      expect(added).toEqual({ digest, size: bytes.length });
      const part = await getBlob({ headers: { range: 'bytes=-5' } });
      expect((await bodyOf(part)).equals(bytes.subarray(-5))).toBe(true);
      const empty = await registry.addBlobFile(join(dir, 'empty'));
      expect((await bodyOf(await get(`/v2/a/blobs/${empty.digest}`))).length).toBe(0);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('serves a manifest by digest and by tag, to GET and HEAD', async () => {
    const { digest: manifest, size } = registry.addManifest('a/b', { schemaVersion: 2 }, 'application/x');
    registry.tag('a/b', 'v1', manifest);
    for (const name of ['v1', manifest]) {
      const head = await get(`/v2/a/b/manifests/${name}`, { method: 'HEAD' });
      expect(head.headers.get('docker-content-digest')).toBe(manifest);
      expect(head.headers.get('content-length')).toBe(String(size));
      const full = await get(`/v2/a/b/manifests/${name}`);
      expect(full.headers.get('content-type')).toBe('application/x');
      expect(await full.json()).toEqual({ schemaVersion: 2 });
    }
    expect((await get(`/v2/other/manifests/${manifest}`)).status).toBe(404);
  });

  test('answers with the errors of the specification', async () => {
    const response = await get(`/v2/a/b/blobs/sha256:${'0'.repeat(64)}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ errors: [{ code: 'BLOB_UNKNOWN', message: 'blob unknown' }] });
    expect((await get('/v2/a/b/manifests/none')).status).toBe(404);
    expect((await get('/elsewhere')).status).toBe(404);
  });

  test('refuses to tag what it does not have', () => {
    expect(() => registry.tag('a', 'v1', digest)).toThrow(`no manifest ${digest} in a`);
  });

  test('takes what is pushed, if it is to, and says what refers to what', async () => {
    expect((await get('/v2/a/blobs/uploads/', { method: 'POST' })).status).toBe(405);
    expect((await get(`/v2/a/referrers/${digest}`)).status).toBe(404);
    await using taking = await createTestRegistry({ push: true, referrers: true, referrersPage: 1 });
    const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, taking.url), init);
    const begun = await ask('/v2/a/blobs/uploads/', { method: 'POST' });
    expect(begun.status).toBe(202);
    const place = new URL(begun.headers.get('location')!, taking.url);
    place.searchParams.set('digest', digest);
    const put = (path: string, body: string, headers = {}) => ask(path, { method: 'PUT', body, headers });
    expect((await put(place.href, 'other bytes')).status).toBe(400);
    expect((await ask(place.href, { method: 'PUT', body: Buffer.from(bytes) })).status).toBe(404);
    const manifests = ['one', 'two'].map((note) => JSON.stringify({ subject: { digest }, note }));
    for (const [at, manifest] of manifests.entries()) {
      const taken = await put(`/v2/a/manifests/v${at}`, manifest, { 'content-type': 'application/x' });
      expect([taken.status, taken.headers.get('oci-subject')]).toEqual([201, digest]);
    }
    expect((await put('/v2/a/manifests/v0', '{}', { 'if-match': '"other"' })).status).toBe(412);
    const first = await ask(`/v2/a/referrers/${digest}`);
    expect(await first.json()).toMatchObject({ manifests: [{ mediaType: 'application/x' }] });
    expect(first.headers.get('link')).toContain('?from=1>; rel="next"');
  });

  test('logs what was asked and how it was answered', async () => {
    await bodyOf(await getBlob({ headers: { range: 'bytes=0-9' } }));
    expect(registry.requests).toHaveLength(1);
    expect(registry.requests[0]).toMatchObject({
      kind: 'blob',
      method: 'GET',
      repository: 'a/b',
      name: digest,
      status: 206,
      bytesSent: 10,
    });
  });

  test('fails as it was told, then by the rule, then not at all', async () => {
    registry.faults.next('blob', { kind: 'status', status: 500 }, { kind: 'corrupt' });
    registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'status', status: 503 } : undefined));
    expect((await getBlob()).status).toBe(500);
    const corrupt = await bodyOf(await getBlob());
    expect(corrupt.length).toBe(bytes.length);
    expect(corrupt.equals(bytes)).toBe(false);
    expect((await getBlob()).status).toBe(503);
    expect((await get('/v2/')).status).toBe(200);
    registry.faults.clear();
    expect((await getBlob()).status).toBe(200);
  });

  test('can send without an end, and forget the signatures that it gave', async () => {
    await using storage = await createTestRegistry({ redirectBlobs: true });
    storage.addBlob(bytes);
    const blob = `${storage.url}/v2/a/blobs/${digest}`;
    storage.faults.next('storage', { kind: 'endless' });
    let received = 0;
    for await (const piece of (await fetch(blob)).body!) {
      received += piece.length;
      if (received > 2 * bytes.length) break;
    }
    storage.faults.next('storage', { kind: 'expire-signatures' });
    expect((await fetch(blob)).status).toBe(403);
    expect((await fetch(blob)).status).toBe(200);
  });

  test('ends requests that hang or stall when it is disposed', async () => {
    registry.faults.next('blob', { kind: 'hang' }, { kind: 'stall', afterBytes: 10 });
    const hanging = getBlob();
    hanging.catch(() => {});
    await expect.poll(() => registry.requests.length).toBe(1);
    const stalled = bodyOf(await getBlob());
    stalled.catch(() => {});
    await registry[Symbol.asyncDispose]();
    await expect(hanging).rejects.toThrow();
    await expect(stalled).rejects.toThrow();
  });
});
