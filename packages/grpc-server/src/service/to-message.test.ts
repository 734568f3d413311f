import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kind } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { toInfoMessage, toTimestamp } from './to-message.ts';

describe('toTimestamp', () => {
  it('is exact for every time, with nanos from 0 to a second', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (timeNs) => {
        const { seconds, nanos } = toTimestamp(timeNs) as { seconds: bigint; nanos: number };
        expect(seconds * 1_000_000_000n + BigInt(nanos)).toBe(timeNs);
        expect(nanos).toBeGreaterThanOrEqual(0);
        expect(nanos).toBeLessThan(1e9);
      }),
    );
  });
});

describe('toInfoMessage', () => {
  it.each([
    ['view', Kind.VIEW, 1],
    ['active', Kind.ACTIVE, 2],
    ['committed', Kind.COMMITTED, 3],
  ] as const)('gives the kind %s the number of the .proto', (kind, expected, number) => {
    const info = { name: 'n', parent: 'p', kind, labels: { a: '1' }, createdNs: 1n, updatedNs: 2n };
    const message = toInfoMessage(info);
    expect(expected).toBe(number);
    expect(message).toMatchObject({ name: 'n', parent: 'p', kind: number, labels: { a: '1' } });
  });
});
