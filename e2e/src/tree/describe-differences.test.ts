import { expect, test } from 'vitest';
import { describeDifferences } from './describe-differences.ts';
import type { TreeEntry } from './tree-entry.ts';

const entry = (path: string, more: Partial<TreeEntry> = {}): TreeEntry => ({
  path,
  type: 'file',
  mode: '644',
  uid: 0,
  gid: 0,
  mtimeNs: '0',
  ...more,
});

test('trees that are alike do not differ, in whatever order they are described', () => {
  const attributes = { 'user.a': '0x01', 'user.b': '0x02' };
  const [one, other] = [
    [entry('/a', { attributes, size: 1 }), entry('/b')],
    [entry('/b'), { size: 1, attributes: { 'user.b': '0x02', 'user.a': '0x01' }, ...entry('/a') }],
  ];
  expect(describeDifferences(one, other)).toEqual([]);
});

test('names what is missing, what is too much and what is not the same', () => {
  const expected = [entry('/missing'), entry('/other'), entry('/same')];
  const seen = [entry('/same'), entry('/other', { attributes: { 'user.a': '0x' } }), entry('/more')];
  expect(describeDifferences(expected, seen)).toEqual([
    expect.stringMatching(/^\/missing: missing instead of \{/),
    expect.stringMatching(/^\/other: .*user\.a.* instead of \{/),
    expect.stringMatching(/^\/more: .* is too much$/),
  ]);
});

test('does not name thousands', () => {
  const many = Array.from({ length: 1000 }, (_, index) => entry(`/${index}`));
  const lines = describeDifferences(many, []);
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toBe('and 960 more');
});
