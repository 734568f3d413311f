import { randomBytes } from 'node:crypto';
import { createTestRegistry, type Fault, type TestRegistry } from '@sluice/testkit/registry';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { defaultHost } from '../hosts/default-host.ts';
import { RegistryError } from '../registry-error.ts';

const SIZE = 200_000;
const bytes = randomBytes(SIZE);
const LIMITS = { attemptsPerHost: 3, headersTimeoutMs: 200, stallTimeoutMs: 50 } as const;
/** Two hosts, so many attempts each, the slowest of which waits for headers; undici looks at its clock twice a second. */
const LONGEST_MS = 2 * LIMITS.attemptsPerHost * (LIMITS.headersTimeoutMs + 1000);

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
);
const stubborn = honest.map((fault) => Array<Fault>(24).fill(fault));
const mixed = fc.array(fc.option(honest, { nil: undefined, freq: 4 }), { maxLength: 24, size: 'max' });
const faults = fc.oneof({ arbitrary: mixed, weight: 3 }, { arbitrary: stubborn, weight: 1 });
const range = fc
  .tuple(position, position)
  .map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) }));

let registries: TestRegistry[];
beforeAll(async () => {
  registries = [
    await createTestRegistry({ redirectBlobs: true }),
    await createTestRegistry({ auth: { kind: 'bearer' } }),
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

describe('whatever a registry and its mirror do', () => {
  test('reads give the right bytes, or an error within their time', async () => {
    const digest = registries.map((registry) => registry.addBlob(bytes))[0] as string;
    let right = 0;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(faults, fc.array(range, { minLength: 1, maxLength: 3 }), async (list, ranges) => {
        const hosts = { hostsFor: async () => registries.map(({ host }) => defaultHost(host)) };
        await using tested = createTestClient({ hosts, ...LIMITS });
        play(list);
        const blob = await tested.client.openBlob({ host: 'registry.example', repository: 'a' }, digest, {
          size: SIZE,
        });
        const startedMs = performance.now();
        await Promise.all(
          ranges.map(async ({ offset, length }) => {
            try {
              const read = await blob.read(offset, length);
              expect(Buffer.from(read).equals(bytes.subarray(offset, offset + length))).toBe(true);
              right += 1;
            } catch (error) {
              if (!(error instanceof RegistryError)) throw error;
              expect(error.message).toMatch(
                /^registry \S+ (\(for registry\.example\)): blob sha256:.{13} of a: /,
              );
              failed += 1;
            }
          }),
        );
        expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 60_000 },
    );
    // Both ends must have been reached, or the test shows nothing.
    expect(right).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(0);
  }, 90_000);
});
