import { describe, expect, it } from 'vitest';
import { createByteBudget } from './byte-budget.ts';

describe('createByteBudget', () => {
  it('grants what fits at once', async () => {
    const budget = createByteBudget(10);
    using _a = await budget.take(6);
    using _b = await budget.take(4);
  });

  it('lets wait what does not fit, in order of arrival', async () => {
    const budget = createByteBudget(10);
    const first = await budget.take(8);
    const order: string[] = [];
    const big = noting(budget.take(5), () => order.push('big'));
    const small = noting(budget.take(1), () => order.push('small'));
    await Promise.resolve();
    expect(order).toEqual([]);
    first[Symbol.dispose]();
    using _big = await big;
    using _small = await small;
    expect(order).toEqual(['big', 'small']);
  });

  it('grants a share above the limit once nothing else is held', async () => {
    const budget = createByteBudget(10);
    const held = await budget.take(1);
    let granted = false;
    const huge = noting(budget.take(1000), () => {
      granted = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(granted).toBe(false);
    held[Symbol.dispose]();
    (await huge)[Symbol.dispose]();
    using _again = await budget.take(10);
  });

  it('gives a share back once, however often it is disposed', async () => {
    const budget = createByteBudget(10);
    const share = await budget.take(10);
    share[Symbol.dispose]();
    share[Symbol.dispose]();
    using _all = await budget.take(10);
    let granted = false;
    void budget.take(1).then(() => (granted = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(granted).toBe(false);
  });

  it('lets those behind an abandoned waiter pass', async () => {
    const budget = createByteBudget(10);
    using _held = await budget.take(5);
    const controller = new AbortController();
    const huge = budget.take(10, { signal: controller.signal });
    const small = budget.take(5);
    controller.abort(new Error('gave up'));
    await expect(huge).rejects.toThrow('gave up');
    using _small = await small;
  });

  it('refuses a caller who has given up already', async () => {
    await expect(
      createByteBudget(1).take(1, { signal: AbortSignal.abort(new Error('too late')) }),
    ).rejects.toThrow('too late');
  });
});

async function noting(taking: Promise<Disposable>, onGranted: () => void): Promise<Disposable> {
  const share = await taking;
  onGranted();
  return share;
}
