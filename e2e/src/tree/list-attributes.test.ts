import { expect, test } from 'vitest';
import { parseAttributes } from './list-attributes.ts';

test('reads names, values and paths as getfattr prints them', () => {
  const text = [
    '# file: /root',
    'user.own=0x01',
    '',
    '# file: /root/a b\\011c\\134d',
    'security.capability=0x0100',
    'user.empty',
    '',
    '# file: /root/Grüße\\303\\274',
    'user.sum=0x3d',
    '',
  ].join('\n');
  expect([...parseAttributes(text, '/root')]).toEqual([
    ['/', { 'user.own': '0x01' }],
    ['/a b\tc\\d', { 'security.capability': '0x0100', 'user.empty': '' }],
    ['/Grüßeü', { 'user.sum': '0x3d' }],
  ]);
});

test('finds nothing where nothing is printed', () => {
  expect(parseAttributes('', '/root').size).toBe(0);
});
