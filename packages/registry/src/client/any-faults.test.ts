import { createHash, randomBytes } from 'node:crypto';
import { createTestRegistry, type Fault, type TestRegistry } from '@sluice/testkit/registry';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestClient, everythingOf } from '../../test/create-test-client.ts';
import { defaultHost } from '../hosts/default-host.ts';
import { RegistryError } from '../registry-error.ts';

const SIZE = 200_000;
const bytes = randomBytes(SIZE);
const LIMITS = { attemptsPerHost: 3, headersTimeoutMs: 200, stallTimeoutMs: 50 } as const;
/** Four hosts, so many attempts each, the slowest of which waits for headers; undici looks at its clock twice a second. */
const LONGEST_MS = 4 * LIMITS.attemptsPerHost * (LIMITS.headersTimeoutMs + 1000);

/** Of one attempt: a refusal, a token that is refused, another, the blob, a remembered address, 6 redirects, each asked twice. */
const REQUESTS_PER_ATTEMPT = 24;

const position = fc.integer({ min: 0, max: SIZE });
const honest: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(204, 301, 400, 401, 403, 404, 408, 416, 429, 500, 503),
  }),
  fc.record({ kind: fc.constant('reset' as const), afterBytes: position }),
  fc.record({ kind: fc.constant('truncate' as const), afterBytes: position }),
  fc.record({ kind: fc.constant('stall' as const), afterBytes: position }),
  fc.record({ kind: fc.constant('short' as const), bytes: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ kind: fc.constant('long' as const), bytes: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ kind: fc.constant('wrong-range' as const), shift: fc.integer({ min: -SIZE, max: SIZE }) }),
  fc.record({
    kind: fc.constant('content-range' as const),
    value: fc.constantFrom(undefined, '', 'bytes */*', 'bytes 0-9/10'),
  }),
  fc.constant<Fault>({ kind: 'ignore-range' }),
  fc.constant<Fault>({ kind: 'unchunked' }),
  fc.constant<Fault>({ kind: 'encoding', value: 'gzip' }),
  fc.record({
    kind: fc.constant('redirect' as const),
    location: fc.constantFrom('/v2/a/blobs/x', 'nonsense:', '//registry.invalid/'),
  }),
  fc.constant<Fault>({ kind: 'expire-tokens' }),
  fc.constant<Fault>({ kind: 'expire-signatures' }),
  fc.constant<Fault>({ kind: 'endless' }),
  fc.record({
    kind: fc.constant('drip' as const),
    bytes: fc.integer({ min: 1, max: 20 }),
    pauseMs: fc.constant(5),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(429, 503),
    headers: fc.constantFrom({ 'retry-after': '0' }, { 'retry-after': '3600' }, { 'retry-after': 'soon' }),
  }),
);
/** Only a reader who knows the digest can tell. */
const lying = fc.oneof(
  { arbitrary: honest, weight: 3 },
  { arbitrary: fc.constant<Fault>({ kind: 'corrupt' }), weight: 1 },
);
const stubborn = lying.map((fault) => Array<Fault>(24).fill(fault));
const mixed = fc.array(fc.option(lying, { nil: undefined, freq: 4 }), { maxLength: 24, size: 'max' });
const faults = fc.oneof({ arbitrary: mixed, weight: 3 }, { arbitrary: stubborn, weight: 1 });
const range = fc
  .tuple(position, position)
  .map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) }));

const ACCOUNT = { username: 'me', password: 'pass word/never+seen' } as const;
const encoded = Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64');

/** The password in its forms, and what came with requests: tokens, and signatures of addresses. */
function secretsSent(): ReadonlySet<string> {
  const sent = registries.flatMap(({ requests }) =>
    requests.flatMap(({ headers, path }) => [
      headers.authorization?.split(' ')[1],
      new URL(path, 'http://x').searchParams.get('signature'),
    ]),
  );
  const found = sent.filter((secret) => typeof secret === 'string' && secret !== '') as string[];
  return new Set([ACCOUNT.password, encodeURIComponent(ACCOUNT.password), encoded, ...found]);
}

let registries: TestRegistry[];
beforeAll(async () => {
  registries = [
    await createTestRegistry({ redirectBlobs: true }),
    await createTestRegistry({ auth: { kind: 'bearer', ...ACCOUNT } }),
    await createTestRegistry({ auth: { kind: 'bearer', ...ACCOUNT }, redirectBlobs: true }),
    await createTestRegistry({ auth: { kind: 'basic', ...ACCOUNT } }),
  ];
});
afterAll(async () => {
  for (const registry of registries) await registry[Symbol.asyncDispose]();
});

/** Faults in the order in which requests come, whatever host and kind they are for. */
function play(list: readonly (Fault | undefined)[]): void {
  let next = 0;
  for (const registry of registries) {
    registry.faults.clear();
    registry.faults.always(() => list[next++]);
  }
}

const digestOf = (of: Uint8Array) => createHash('sha256').update(of).digest('hex');

describe('whatever a registry and its mirrors do', () => {
  test('reads give the right bytes, or an error within their time', async () => {
    const digest = registries.map((registry) => registry.addBlob(bytes))[0] as string;
    let right = 0;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(faults, fc.array(range, { minLength: 1, maxLength: 3 }), async (list, ranges) => {
        const hosts = { hostsFor: async () => registries.map(({ host }) => defaultHost(host)) };
        const credentials = { get: async () => ({ kind: 'basic', ...ACCOUNT }) as const };
        await using tested = createTestClient({ hosts, credentials, ...LIMITS });
        const errors: unknown[] = [];
        play(list);
        for (const { requests } of registries) requests.length = 0;
        const blob = await tested.client.openBlob({ host: 'registry.example', repository: 'a' }, digest, {
          size: SIZE,
        });
        const startedMs = performance.now();
        await Promise.all(
          ranges.map(async ({ offset, length }) => {
            try {
              const wanted = bytes.subarray(offset, offset + length);
              const verify = (read: Uint8Array) => {
                if (digestOf(read) !== digestOf(wanted)) throw new Error('another digest');
              };
              const read = await blob.read(offset, length, { verify });
              expect(Buffer.from(read).equals(wanted)).toBe(true);
              right += 1;
            } catch (error) {
              if (!(error instanceof RegistryError)) throw error;
              expect(error.message).toMatch(
                /^registry \S+ (\(for registry\.example\)): blob sha256:.{13} of a: /,
              );
              errors.push(error);
              failed += 1;
            }
          }),
        );
        expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS);
        const said = `${everythingOf(errors)} ${everythingOf(tested.reports)} ${tested.logged.join(' ')}`;
        for (const secret of secretsSent()) expect(said).not.toContain(secret);
        const attempts = ranges.length * registries.length * LIMITS.attemptsPerHost;
        const requests = registries.reduce((sum, registry) => sum + registry.requests.length, 0);
        expect(requests).toBeLessThanOrEqual(attempts * REQUESTS_PER_ATTEMPT);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 60_000 },
    );
    // Both ends must have been reached, or the test shows nothing.
    expect(right).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(0);
  }, 90_000);
});
