import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toTimestamp } from './to-timestamp.ts';

it('is exact for every time, with nanos from 0 to a second', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (timeNs) => {
      const { seconds, nanos } = toTimestamp(timeNs);
      expect(seconds * 1_000_000_000n + BigInt(nanos)).toBe(timeNs);
      expect(nanos).toBeGreaterThanOrEqual(0);
      expect(nanos).toBeLessThan(1e9);
    }),
  );
});
