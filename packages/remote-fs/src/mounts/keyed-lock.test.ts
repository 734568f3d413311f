import { describe, expect, it } from 'vitest';
import { createKeyedLock } from './keyed-lock.ts';

describe('createKeyedLock', () => {
  it('runs what concerns one key one after another, failures among them', async () => {
    const lock = createKeyedLock();
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
      if (name === 'first') throw new Error('broken');
    };
    const first = lock.run('a', work('first'));
    const second = lock.run('a', work('second'));
    await expect(first).rejects.toThrow('broken');
    await second;
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('lets different keys pass each other', async () => {
    const lock = createKeyedLock();
    const never = Promise.withResolvers<void>();
    const stuck = lock.run('a', () => never.promise);
    expect(await lock.run('b', async () => 'through')).toBe('through');
    never.resolve();
    await stuck;
  });
});
