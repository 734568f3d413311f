import { createHash, randomBytes } from 'node:crypto';
import { createTestRegistry, type TestRegistry, type TestRegistryOptions } from '@sluice/testkit/registry';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient } from '../../../test/create-test-client.ts';
import { errorOf } from '../../../test/error-of.ts';
import type { Artifact } from '../../artifact.ts';
import { defaultHost } from '../../hosts/default-host.ts';
import type { RegistryHost } from '../../hosts/registry-host.ts';
import { referrersOf } from './referrers-index.ts';
import { referrersTag } from './referrers-tag.ts';

const type = 'application/vnd.example.thing';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const account = { username: 'me', password: 'push secret' } as const;

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function registryWith(options: TestRegistryOptions = {}) {
  const registry = stack.use(await createTestRegistry({ push: true, ...options }));
  const subject = registry.addManifest('team/app', { schemaVersion: 2, layers: [] }, MANIFEST);
  registry.tag('team/app', 'v1', subject.digest);
  const reference = { host: registry.host, repository: 'team/app' };
  const artifact = (text = 'thing'): Artifact => ({
    subject,
    artifactType: type,
    mediaType: `${type}+json`,
    bytes: Buffer.from(text),
    annotations: { note: text },
  });
  return { registry, subject, reference, artifact };
}

function clientWith(hosts?: readonly RegistryHost[], password: string = account.password) {
  const credential = { kind: 'basic', ...account, password } as const;
  const tested = createTestClient({
    ...(hosts ? { hosts: { hostsFor: async () => hosts } } : {}),
    credentials: { get: async () => credential },
    attemptsPerHost: 2,
  });
  return stack.use(tested);
}

const asked = ({ requests }: TestRegistry) =>
  requests.map(({ method, kind, status }) => `${method} ${kind} ${status}`);

describe('an artifact beside an image', () => {
  test.each([
    ['by the referrers API', { referrers: true }],
    ['by the API, page for page', { referrers: true, referrersPage: 1 }],
    ['by the tag', {}],
    ['with tokens, by the API', { referrers: true, auth: { kind: 'bearer', ...account } }],
    ['with a password, by the tag', { auth: { kind: 'basic', ...account } }],
  ] as const)('is found again, %s', async (_name, options) => {
    const { reference, subject, artifact, registry } = await registryWith(options);
    const { client } = clientWith();
    const first = await client.attach(reference, artifact('one'));
    const second = await client.attach(reference, artifact('two'));
    const found = await client.referrers(reference, subject.digest, { artifactType: type });
    expect(found).toEqual([first, second]);
    expect(first).toMatchObject({ artifactType: type, annotations: { note: 'one' } });
    const manifest = JSON.parse(
      Buffer.from((await client.manifest(reference, first.digest)).bytes).toString(),
    );
    expect(manifest).toMatchObject({ subject, artifactType: type, layers: [{ mediaType: `${type}+json` }] });
    const layer = manifest.layers[0];
    const blob = await client.openBlob(reference, layer.digest, { size: layer.size });
    expect(Buffer.from(await blob.read(0, blob.size)).toString()).toBe('one');
    const tags = registry.requests.filter(
      ({ method, name }) => method === 'PUT' && name.startsWith('sha256-'),
    );
    expect(tags).toHaveLength('referrers' in options ? 0 : 2);
  });

  test('costs no upload of what is there, and no second entry in the list', async () => {
    const { reference, subject, artifact, registry } = await registryWith();
    const { client } = clientWith();
    const first = await client.attach(reference, artifact());
    registry.requests.length = 0;
    expect(await client.attach(reference, artifact())).toEqual(first);
    expect(asked(registry).filter((request) => request.includes('upload'))).toEqual([]);
    expect(await client.referrers(reference, subject.digest)).toEqual([first]);
  });

  test('is not lost, and loses no other, when several write the list at the same time', async () => {
    const { reference, subject, artifact } = await registryWith();
    const texts = ['a', 'b', 'c', 'd'];
    const attached = await Promise.all(
      texts.map((text) => clientWith().client.attach(reference, artifact(text))),
    );
    const found = await clientWith().client.referrers(reference, subject.digest);
    expect(new Set(found.map(({ digest }) => digest))).toEqual(new Set(attached.map(({ digest }) => digest)));
  });

  test('leaves what others have in the list', async () => {
    const { reference, subject, artifact, registry } = await registryWith();
    const other = { mediaType: MANIFEST, digest: `sha256:${'9'.repeat(64)}`, size: 7, artifactType: 'other' };
    const index = registry.addManifest(
      'team/app',
      { schemaVersion: 2, manifests: [other] },
      'application/vnd.oci.image.index.v1+json',
    );
    registry.tag('team/app', referrersTag(subject.digest), index.digest);
    const { client } = clientWith();
    const mine = await client.attach(reference, artifact());
    expect(await client.referrers(reference, subject.digest)).toEqual([other, mine]);
    expect(await client.referrers(reference, subject.digest, { artifactType: 'other' })).toEqual([other]);
  });

  test('is not written over a tag that is something else', async () => {
    const { reference, subject, artifact, registry } = await registryWith();
    registry.tag('team/app', referrersTag(subject.digest), subject.digest);
    const error = await errorOf(clientWith().client.attach(reference, artifact()));
    expect(error.message).toMatch(/what the tag sha256-[0-9a-f]{64} names is no index of referrers/);
  });

  test('goes to the first host that may be pushed to, and to no other', async () => {
    const { reference, artifact, registry, subject } = await registryWith({ push: false });
    const mirror = stack.use(await createTestRegistry({ push: true }));
    const hosts = [defaultHost(registry.host), defaultHost(mirror.host)];
    const refused = await errorOf(clientWith(hosts).client.attach(reference, artifact()));
    expect(refused).toMatchObject({ code: 'FORBIDDEN' });
    expect(refused.message).toContain('takes no pushes (HTTP 405)');
    expect(mirror.requests).toEqual([]);

    const readOnly = { ...hosts[0]!, capabilities: ['pull', 'resolve'] as const };
    const { client } = clientWith([readOnly, hosts[1]!]);
    registry.requests.length = 0;
    const attached = await client.attach(reference, artifact());
    expect(registry.requests).toEqual([]);
    // The first host has none; the second one is asked.
    expect(await client.referrers(reference, subject.digest)).toEqual([attached]);
    const none = await errorOf(clientWith([readOnly]).client.attach(reference, artifact()));
    expect(none.message).toContain('names no host that may serve it');
  });

  test('survives failures of the server, and is there once', async () => {
    const { reference, artifact, registry, subject } = await registryWith();
    registry.faults.next('upload', { kind: 'status', status: 503 });
    registry.faults.next('manifest', { kind: 'status', status: 500 });
    const { client } = stack.use(createTestClient());
    const attached = await client.attach(reference, artifact());
    expect(await client.referrers(reference, subject.digest)).toEqual([attached]);
  });

  test('needs the right to push, and says so without a secret', async () => {
    const { reference, artifact, registry } = await registryWith({ auth: { kind: 'bearer', ...account } });
    const tested = clientWith(undefined, 'a wrong secret');
    const refused = await errorOf(tested.client.attach(reference, artifact()));
    expect(refused.code).toBe('UNAUTHORIZED');
    registry.faults.always(({ method }) => (method === 'POST' ? { kind: 'status', status: 403 } : undefined));
    const denied = await errorOf(clientWith().client.attach(reference, artifact()));
    expect(denied.message).toContain('who is logged in may not push there (HTTP 403)');
    for (const text of [String(refused), String(denied), ...tested.logged])
      expect(text).not.toContain('secret');
  });

  test('is not sent to where an answer leads, nor are credentials', async () => {
    const { reference, artifact, registry } = await registryWith({ auth: { kind: 'basic', ...account } });
    const other = stack.use(await createTestRegistry({ push: true }));
    registry.faults.always(({ kind }) =>
      kind === 'upload'
        ? { kind: 'redirect', location: `${other.url}/v2/team/app/blobs/uploads/` }
        : undefined,
    );
    const error = await errorOf(clientWith().client.attach(reference, artifact()));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(other.requests).toEqual([]);
    // An upload that the registry wants elsewhere goes there, without credentials.
    registry.faults.always(({ method }) =>
      method === 'POST'
        ? { kind: 'status', status: 202, headers: { location: `${other.url}/v2/team/app/blobs/uploads/x` } }
        : undefined,
    );
    await errorOf(clientWith().client.attach(reference, artifact()));
    expect(other.requests.length).toBeGreaterThan(0);
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
  });
});

describe('a list of referrers', () => {
  test('is empty where there is none, and fails where nobody knows', async () => {
    const { reference, registry, subject } = await registryWith();
    const { client } = clientWith();
    expect(await client.referrers(reference, subject.digest)).toEqual([]);
    registry.faults.always(() => ({ kind: 'status', status: 500 }));
    expect((await errorOf(client.referrers(reference, subject.digest))).code).toBe('UNAVAILABLE');
    expect((await errorOf(client.referrers(reference, 'sha256:../..'))).code).toBe('INVALID');
  });

  test('may be long, endless or nonsense, and does no harm', async () => {
    const { reference, registry, subject } = await registryWith();
    const { client } = stack.use(createTestClient({ attemptsPerHost: 1 }));
    const page = (body: string, headers = {}) =>
      registry.faults.always(({ kind }) =>
        kind === 'referrers' ? { kind: 'status', status: 200, body, headers } : undefined,
      );
    page('<html>');
    expect(await client.referrers(reference, subject.digest)).toEqual([]);
    page(`{"manifests":[${'{"digest":1},'.repeat(10)}null]}`);
    expect(await client.referrers(reference, subject.digest)).toEqual([]);
    page(' '.repeat(5 << 20));
    expect((await errorOf(client.referrers(reference, subject.digest))).message).toContain('longer than');
    registry.requests.length = 0;
    page('{"manifests":[]}', { link: '<?from=1>; rel="next"' });
    expect(await client.referrers(reference, subject.digest)).toEqual([]);
    expect(registry.requests.length).toBeLessThanOrEqual(10);
    page('{"manifests":[]}', { link: '<http://registry.invalid/v2/>; rel="next"' });
    expect(await client.referrers(reference, subject.digest)).toEqual([]);
  });

  test('has descriptors only, whatever the bytes', () => {
    const value = fc.oneof(
      fc.json(),
      fc.json().map((json) => `{"manifests":[${json}]}`),
    );
    fc.assert(
      fc.property(value, (text) => {
        for (const { digest, size } of referrersOf(Buffer.from(text)) ?? []) {
          expect(digest).toMatch(/^sha(256|512):/);
          expect(size).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('has a tag that any registry takes', () => {
    const digest = createHash('sha512').update(randomBytes(5)).digest('hex');
    expect(referrersTag(`sha512:${digest}`)).toBe(`sha512-${digest.slice(0, 64)}`);
  });
});
