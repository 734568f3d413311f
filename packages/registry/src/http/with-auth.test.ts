import { randomBytes } from 'node:crypto';
import { createTestRegistry, startTestServer, type TestAuthOptions } from '@sluice/testkit/registry';
import { describe, expect, test } from 'vitest';
import { createTestClient, everythingOf } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { createCredentialChain } from '../credentials/create-credential-chain.ts';
import { createStaticCredentials } from '../credentials/create-static-credentials.ts';
import type { Credential, CredentialSource } from '../credentials/credential-source.ts';

const SIZE = 50_000;
const bytes = randomBytes(SIZE);
const PASSWORD = 'pass-word-never-to-be-seen';
const IDENTITY = 'identity-never-to-be-seen';
const account = { username: 'me', password: PASSWORD } as const;
const basic: Credential = { kind: 'basic', ...account };

async function setUp(auth: TestAuthOptions, credential?: Credential) {
  const registry = await createTestRegistry({ auth });
  const tested = createTestClient({
    credentials: createStaticCredentials(credential ? { [registry.host]: credential } : {}),
  });
  const digest = registry.addBlob(bytes);
  const open = (repository = 'a/b') =>
    tested.client.openBlob({ host: registry.host, repository }, digest, { size: SIZE });
  return {
    registry,
    tested,
    open,
    readsRight: async (offset: number, length: number) => {
      const read = await (await open()).read(offset, length);
      expect(Buffer.from(read).equals(bytes.subarray(offset, offset + length))).toBe(true);
    },
    kinds: () => registry.requests.map(({ kind, status }) => `${kind} ${status}`),
    [Symbol.asyncDispose]: async () => {
      await tested[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

describe('a registry that wants Basic', () => {
  test('gets the credential after its first 401, and from then on at once', async () => {
    await using t = await setUp({ kind: 'basic', ...account }, basic);
    await t.readsRight(0, 100);
    await t.readsRight(100, 100);
    expect(t.kinds()).toEqual(['blob 401', 'blob 206', 'blob 206']);
  });

  test('and credentials that nobody has is an error that says so', async () => {
    await using t = await setUp({ kind: 'basic', ...account });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toMatch(
      new RegExp(
        `^registry ${t.registry.host}: blob .* of a/b: the registry wants credentials, and there are none for ${t.registry.host}; log in to it$`,
      ),
    );
    expect(t.kinds()).toEqual(['blob 401']);
  });

  test('and gets wrong ones is an error, after one try', async () => {
    await using t = await setUp({ kind: 'basic', ...account }, { ...basic, password: 'other' });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain('the registry refuses the credentials');
    expect(t.kinds()).toEqual(['blob 401', 'blob 401']);
  });

  test('gets new credentials when the old ones stop working', async () => {
    let password = 'old';
    const source: CredentialSource = { get: async () => ({ kind: 'basic', username: 'me', password }) };
    await using registry = await createTestRegistry({ auth: { kind: 'basic', ...account } });
    await using tested = createTestClient({ credentials: source });
    const blob = await tested.client.openBlob(
      { host: registry.host, repository: 'a' },
      registry.addBlob(bytes),
      { size: SIZE },
    );
    await errorOf(blob.read(0, 1));
    password = PASSWORD;
    expect(await blob.read(0, 1)).toHaveLength(1);
  });
});

describe('a registry that wants a bearer token', () => {
  test('gives one to anybody, if it likes', async () => {
    await using t = await setUp({ kind: 'bearer' });
    await t.readsRight(0, 100);
    await t.readsRight(100, 100);
    expect(t.kinds()).toEqual(['blob 401', 'token 200', 'blob 206', 'blob 206']);
    const query = new URLSearchParams(t.registry.requests[1]?.path.split('?')[1]);
    expect(Object.fromEntries(query)).toEqual({ service: 'test registry', scope: 'repository:a/b:pull' });
    expect(t.registry.requests[1]?.headers.authorization).toBeUndefined();
  });

  test('gives one for a user name and password', async () => {
    await using t = await setUp({ kind: 'bearer', ...account }, basic);
    await t.readsRight(0, 100);
    expect(t.kinds()).toEqual(['blob 401', 'token 200', 'blob 206']);
    expect(t.registry.requests[2]?.headers.authorization).toMatch(/^Bearer /);
  });

  test('gives one for an identity token, which goes into the body of a POST', async () => {
    await using t = await setUp(
      { kind: 'bearer', ...account, identityToken: IDENTITY },
      { kind: 'identity-token', token: IDENTITY },
    );
    await t.readsRight(0, 100);
    expect(t.registry.requests[1]).toMatchObject({ method: 'POST', path: '/token', status: 200 });
  });

  test('is shown a registry token as it is', async () => {
    await using t = await setUp({ kind: 'bearer' }, { kind: 'registry-token', token: 'given' });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(t.registry.requests[1]?.headers.authorization).toBe('Bearer given');
    expect(t.kinds()).toEqual(['blob 401', 'blob 401']);
  });

  test('gives one token for many reads at the same time', async () => {
    await using t = await setUp({ kind: 'bearer' });
    const blob = await t.open();
    await Promise.all(Array.from({ length: 12 }, (_, i) => blob.read(i * 100, 100)));
    expect(t.kinds().filter((kind) => kind === 'token 200')).toHaveLength(1);
  });

  test('gives one token for each repository', async () => {
    await using t = await setUp({ kind: 'bearer' });
    await (await t.open('a')).read(0, 1);
    await (await t.open('b')).read(0, 1);
    await (await t.open('a')).read(0, 1);
    expect(t.kinds().filter((kind) => kind === 'token 200')).toHaveLength(2);
  });

  test('gives a new one when the old one is refused', async () => {
    await using t = await setUp({ kind: 'bearer' });
    await t.readsRight(0, 100);
    t.registry.revokeTokens();
    await t.readsRight(100, 100);
    expect(t.kinds().slice(3)).toEqual(['blob 401', 'token 200', 'blob 206']);
  });

  test('gives a new one when it says 403 of one that has worked before', async () => {
    await using t = await setUp({ kind: 'bearer' });
    await t.readsRight(0, 100);
    t.registry.faults.next('blob', { kind: 'status', status: 403 });
    await t.readsRight(100, 100);
    expect(t.kinds().slice(3)).toEqual(['blob 403', 'token 200', 'blob 206']);
  });

  test('and goes on saying 403 is asked for one new token in all, and then believed', async () => {
    await using t = await setUp({ kind: 'bearer', ...account }, basic);
    await t.readsRight(0, 100);
    t.registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'status', status: 403 } : undefined));
    const blob = await t.open();
    for (let i = 0; i < 3; i += 1) {
      const error = await errorOf(blob.read(0, 1));
      expect(error.code).toBe('FORBIDDEN');
      expect(error.message).toContain(`${t.registry.host}: blob`);
      expect(error.message).toContain('of a/b: the registry denies access (HTTP 403)');
    }
    expect(t.kinds().slice(3)).toEqual(['blob 403', 'token 200', 'blob 403', 'blob 403', 'blob 403']);
  });

  test('gives a new one when the old one is no longer good, between the ranges of one blob', async () => {
    await using t = await setUp({ kind: 'bearer' });
    const blob = await t.open();
    for (let at = 0; at < 4; at += 1) {
      expect(await blob.read(at * 1000, 1000)).toEqual(
        new Uint8Array(bytes.subarray(at * 1000, at * 1000 + 1000)),
      );
      t.registry.revokeTokens();
    }
    expect(t.registry.requests.filter(({ kind }) => kind === 'token')).toHaveLength(4);
  });

  test('gives a new one before the old one expires, without a refusal', async () => {
    // It would be taken for longer than it claims: a busy machine may bring the first one late.
    await using t = await setUp({ kind: 'bearer', claimedTtlSeconds: 1 });
    await t.readsRight(0, 100);
    await new Promise((resolve) => setTimeout(resolve, 920));
    await t.readsRight(100, 100);
    expect(t.kinds().slice(3)).toEqual(['token 200', 'blob 206']);
  });

  test('and refuses the credentials is an error that names the token server', async () => {
    await using t = await setUp({ kind: 'bearer', ...account }, { ...basic, password: 'other' });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain(
      `of a/b: token server ${t.registry.host}: it refuses the credentials; log in again (HTTP 401)`,
    );
  });

  test('and gives no token to credentials that it knows is an error of another kind', async () => {
    await using t = await setUp({ kind: 'bearer', ...account }, basic);
    t.registry.faults.next('token', { kind: 'status', status: 403 });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('FORBIDDEN');
    expect(error.message).toContain(
      `token server ${t.registry.host}: it knows the credentials, but gives them no token for this repository`,
    );
  });

  test('and gives none without credentials is an error that says so', async () => {
    await using t = await setUp({ kind: 'bearer', ...account });
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain('it gives no token without credentials; log in to that registry');
  });

  test.each([
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'reset', afterBytes: 0 },
    { kind: 'status', status: 200, body: 'not JSON' },
    { kind: 'status', status: 200, body: '{"token":""}' },
    { kind: 'status', status: 200, body: '{"token":"a\\nb"}' },
    { kind: 'status', status: 200, body: '[]' },
    { kind: 'hang' },
  ] as const)('is tried again when its token server answers $kind $status $body', async (fault) => {
    await using t = await setUp({ kind: 'bearer' });
    t.registry.faults.next('token', fault);
    await t.readsRight(0, 100);
    expect(t.registry.requests.filter(({ kind }) => kind === 'token')).toHaveLength(2);
  });

  test('goes on for others when one of those who wait is aborted', async () => {
    await using t = await setUp({ kind: 'bearer' });
    t.registry.faults.next('token', { kind: 'hang' });
    const blob = await t.open();
    const controller = new AbortController();
    const aborted = blob.read(0, 10, { signal: controller.signal });
    const other = blob.read(10, 10);
    await expect.poll(() => t.kinds()).toContain('token 0');
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(await other).toHaveLength(10);
  });
});

describe('credentials that are refused', () => {
  const chain = (...credentials: readonly Credential[]): CredentialSource =>
    createCredentialChain(
      credentials.map((credential) => ({ get: async () => credential })),
      { debug: () => {}, warn: () => {} },
    );
  const wrong = (n: number): Credential => ({ kind: 'basic', username: 'me', password: `wrong ${n}` });

  test.each(['basic', 'bearer'] as const)(
    'are followed by those of the next source, with %s, and those are remembered',
    async (kind) => {
      await using registry = await createTestRegistry({ auth: { kind, ...account } });
      const credentials = chain(wrong(1), { kind: 'identity-token', token: IDENTITY }, wrong(2), basic);
      await using tested = createTestClient({ credentials });
      const digest = registry.addBlob(bytes);
      const blob = await tested.client.openBlob({ host: registry.host, repository: 'a' }, digest, {
        size: SIZE,
      });
      expect(await blob.read(0, 10)).toHaveLength(10);
      const before = registry.requests.length;
      expect(await blob.read(10, 10)).toHaveLength(10);
      expect(registry.requests.slice(before).map(({ status }) => status)).toEqual([206]);
    },
  );

  test.each(['basic', 'bearer'] as const)(
    'by a registry with %s are tried a bounded number of times',
    async (kind) => {
      await using registry = await createTestRegistry({ auth: { kind, ...account } });
      const endless: CredentialSource = {
        get: async (_host, { refused = [] } = {}) => wrong(refused.length),
      };
      await using tested = createTestClient({ credentials: endless });
      const digest = registry.addBlob(bytes);
      const blob = await tested.client.openBlob({ host: registry.host, repository: 'a' }, digest, {
        size: SIZE,
      });
      const error = await errorOf(blob.read(0, 10));
      expect(error.code).toBe('UNAUTHORIZED');
      expect(registry.requests.length).toBeLessThan(8);
    },
  );
});

describe('a challenge', () => {
  const challenged = async (header: string | undefined, credential?: Credential) => {
    await using t = await setUp({ kind: 'none' }, credential);
    const headers = header === undefined ? {} : { 'www-authenticate': header };
    t.registry.faults.always(() => ({ kind: 'status', status: 401, headers }));
    return await errorOf((await t.open()).read(0, 1));
  };

  test.each([undefined, '', 'Negotiate', 'Digest realm="x", nonce="y"'])(
    'of %j is an error',
    async (header) => {
      const error = await challenged(header);
      expect(error.code).toBe('UNAUTHORIZED');
      expect(error.message).toContain('wants a proof other than Bearer or Basic');
    },
  );

  test.each([
    'Bearer',
    'Bearer realm=""',
    'Bearer realm="not an address"',
    'Bearer realm="file:///etc/passwd"',
  ])('of %j names no token server', async (header) => {
    expect((await challenged(header)).message).toContain('names no usable token server');
  });

  test('with a token server in plain HTTP elsewhere does not get the credentials', async () => {
    const error = await challenged('Bearer realm="http://tokens.invalid/token"', basic);
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain('tokens.invalid with plain HTTP; credentials are not sent there');
  });
});

describe('secrets', () => {
  test.each<[string, TestAuthOptions, Credential]>([
    ['a wrong password', { kind: 'basic', username: 'me', password: 'right' }, basic],
    ['a wrong password at a token server', { kind: 'bearer', username: 'me', password: 'right' }, basic],
    [
      'a wrong identity token',
      { kind: 'bearer', ...account, identityToken: 'right' },
      { kind: 'identity-token', token: IDENTITY },
    ],
    ['a wrong registry token', { kind: 'bearer' }, { kind: 'registry-token', token: IDENTITY }],
  ])('are in no error and no log line after %s', async (_name, auth, credential) => {
    await using t = await setUp(auth, credential);
    const error = await errorOf((await t.open()).read(0, 1));
    t.registry.faults.always(() => ({ kind: 'reset', afterBytes: 0 }));
    const later = await (await t.open()).read(0, 1).catch((thrown: unknown) => thrown);
    const seen = [everythingOf(error), everythingOf(later), ...t.tested.logged].join('\n');
    for (const secret of [PASSWORD, IDENTITY, Buffer.from(`me:${PASSWORD}`).toString('base64')])
      expect(seen).not.toContain(secret);
    expect(seen).toContain(t.registry.host);
  });

  test('that a token server echoes are in no error and no log line', async () => {
    await using t = await setUp({ kind: 'bearer' });
    t.registry.faults.always(({ kind }) =>
      kind === 'token' ? { kind: 'status', status: 200, body: `{"token": "${IDENTITY}` } : undefined,
    );
    const error = await errorOf((await t.open()).read(0, 1));
    expect(error.message).toContain('an answer without a token');
    expect([everythingOf(error), ...t.tested.logged].join('\n')).not.toContain(IDENTITY);
  });

  test('that are registry tokens do not go to a token server', async () => {
    const seen: string[] = [];
    await using thief = await startTestServer({
      handle: async (request, response) => {
        seen.push(JSON.stringify(request.headers));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"t"}');
      },
    });
    await using t = await setUp({ kind: 'bearer' }, { kind: 'registry-token', token: IDENTITY });
    t.registry.faults.always(() => ({
      kind: 'status',
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${thief.url}/token"` },
    }));
    await errorOf((await t.open()).read(0, 1));
    expect(seen).toEqual([]);
  });
});
