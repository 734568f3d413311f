import { expect, test } from 'vitest';
import { mirrorOf } from './debian-mirror.ts';

test('finds the mirror of Debian among other sources', () => {
  const targets = [
    'https://packages.example/node/ main',
    'http://mirror.example/debian-security/ main',
    'http://mirror.example/debian/ contrib',
    'http://mirror.example/debian/ main',
    '',
  ];
  expect(mirrorOf(targets.join('\n'))).toBe('http://mirror.example/debian/');
});

test('takes no other system for Debian', () => {
  expect(mirrorOf('http://archive.example/ubuntu/ main\n')).toBeUndefined();
});
