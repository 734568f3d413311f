import { expect, test } from 'vitest';
import { RecentlyUsed } from './recently-used.ts';

test('asks once for what is used, and again for what was not used for longest', () => {
  const asked: string[] = [];
  const recent = new RecentlyUsed<string>(2);
  const get = (key: string) =>
    recent.get(key, () => {
      asked.push(key);
      return `value of ${key}`;
    });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(key)).toBe(`value of ${key}`);
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});

test('keeps nothing of what is missing, deleted or cleared', () => {
  const recent = new RecentlyUsed<number>(10);
  let asked = 0;
  const missing = () => void asked++;
  expect([recent.get('none', missing), recent.get('none', missing)]).toEqual([undefined, undefined]);
  recent.get('a', () => 1);
  recent.get('b', () => 1);
  recent.delete('a');
  expect(recent.get('a', () => 2)).toBe(2);
  recent.clear();
  expect(recent.get('b', () => 3)).toBe(3);
  expect(asked).toBe(2);
});
