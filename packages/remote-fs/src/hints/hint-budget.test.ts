import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHintBudget } from './hint-budget.ts';

describe('createHintBudget', () => {
  it('allows for a credit at first, and for more where guesses come true', () => {
    const budget = createHintBudget({ creditBytes: 100, share: 0.5 });
    expect(budget.take(60)).toBe(true);
    expect(budget.take(60)).toBe(false);
    budget.read(60);
    budget.hit(60);
    expect(budget.take(130)).toBe(true);
    expect(budget.take(1)).toBe(false);
  });

  it('never lets what was fetched in vain be more than the credit and its share of what was read', () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 1000 }), isRead: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const budget = createHintBudget({ creditBytes: 2000, share: 0.25 });
        let vain = 0;
        let read = 0;
        for (const { bytes, isRead } of steps) {
          if (!budget.take(bytes)) continue;
          vain += bytes;
          expect(vain).toBeLessThanOrEqual(2000 + read / 4);
          if (!isRead) continue;
          vain -= bytes;
          read += bytes;
          budget.read(bytes);
          budget.hit(bytes);
        }
      }),
    );
  });
});
