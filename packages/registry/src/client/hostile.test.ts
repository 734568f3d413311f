import { randomBytes } from 'node:crypto';
import { createTestRegistry, type Fault, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';

const SIZE = 300_000;
const bytes = randomBytes(SIZE);
const account = { username: 'me', password: 'a pass word' } as const;

let stack: AsyncDisposableStack;
let registry: TestRegistry;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const auth = { kind: 'bearer', ...account } as const;
  registry = stack.use(await createTestRegistry({ auth, redirectBlobs: true }));
});
afterEach(() => stack.disposeAsync());

async function openBlob() {
  const credentials = { get: async () => ({ kind: 'basic', ...account }) as const };
  const tested = stack.use(createTestClient({ credentials, attemptsPerHost: 2 }));
  const reference = { host: registry.host, repository: 'a' };
  return await tested.client.openBlob(reference, registry.addBlob(bytes), { size: SIZE });
}

const kinds = () => registry.requests.map(({ kind, status }) => `${kind} ${status}`);
const endless: Fault = { kind: 'endless' };

describe('an answer without an end', () => {
  test.each(['storage', 'token'] as const)(
    'of the kind %s is given up, and read right the next time',
    async (kind) => {
      const blob = await openBlob();
      registry.faults.next(kind, endless);
      expect(Buffer.from(await blob.read(10, 1000)).equals(bytes.subarray(10, 1010))).toBe(true);
    },
  );

  test('is not read for long', async () => {
    const blob = await openBlob();
    registry.faults.always(({ kind }) => (kind === 'storage' ? endless : undefined));
    const error = await errorOf(blob.read(10, 1000));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' });
    expect(error.message).toContain('more bytes than the 1000 asked for');
    const sent = registry.requests.reduce((sum, request) => sum + request.bytesSent, 0);
    // What the sockets hold of two attempts.
    expect(sent).toBeLessThan(32 << 20);
  });

  test('is dropped where it comes with a refusal', async () => {
    const blob = await openBlob();
    registry.faults.always(({ kind }) =>
      kind === 'blob' ? { kind: 'status', status: 500, body: 'x'.repeat(8 << 20) } : undefined,
    );
    expect((await errorOf(blob.read(0, 10))).message).toContain('the server failed (HTTP 500)');
  });
});

describe('proofs that end in the middle of many reads', () => {
  test('are renewed, token and signed address both, and every read is right', async () => {
    const blob = await openBlob();
    const read = async (at: number) => {
      const offset = at * 1000;
      const got = await blob.read(offset, 1000);
      expect(Buffer.from(got).equals(bytes.subarray(offset, offset + 1000))).toBe(true);
    };
    await read(0);
    // The address is no good any more, and neither is the token that a new one is asked for with.
    registry.faults.next('storage', { kind: 'expire-signatures' });
    registry.faults.next('blob', { kind: 'expire-tokens' });
    registry.requests.length = 0;
    await read(1);
    expect(kinds()).toEqual(['storage 403', 'blob 401', 'token 200', 'blob 307', 'storage 206']);
    // While some have just got a fresh address, and not used it yet.
    let asked = 0;
    registry.faults.always(({ kind }) => {
      if (kind === 'storage') asked += 1;
      return kind === 'storage' && asked === 20 ? { kind: 'expire-signatures' } : undefined;
    });
    await Promise.all(Array.from({ length: 60 }, (_, at) => read(at)));
    expect(kinds().filter((kind) => kind === 'storage 403').length).toBeGreaterThan(1);
  });

  test('are told apart by who refuses: storage, registry, token server', async () => {
    const blob = await openBlob();
    const refusedBy = async (refusing: string, status: number) => {
      registry.revokeTokens();
      registry.expireSignatures();
      registry.faults.always(({ kind }) => (kind === refusing ? { kind: 'status', status } : undefined));
      const { code, message } = await errorOf(blob.read(0, 10));
      return `${code} ${message}`;
    };
    expect(await refusedBy('storage', 403)).toMatch(/^FORBIDDEN .*the storage refuses the address/);
    expect(await refusedBy('token', 401)).toMatch(
      /^UNAUTHORIZED .*token server \S+: it refuses the credentials/,
    );
    expect(await refusedBy('token', 403)).toMatch(/^FORBIDDEN .*token server \S+: it knows the credentials/);
    expect(await refusedBy('blob', 403)).toMatch(/^FORBIDDEN .*the registry denies access/);
    expect(await refusedBy('blob', 401)).toMatch(/^UNAUTHORIZED /);
  });
});
