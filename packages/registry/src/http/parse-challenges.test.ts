import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from './parse-challenges.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

describe('parseChallenges', () => {
  test.each<[string, unknown]>([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/py:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:library/py:pull,push',
          },
        ],
      ],
    ],
    ['Basic realm="Registry Realm"', [['basic', { realm: 'Registry Realm' }]]],
    ['Basic', [['basic', {}]]],
    ['BEARER Realm = "a" , Service = b', [['bearer', { realm: 'a', service: 'b' }]]],
    [
      'Negotiate, Basic realm="x", Bearer realm="y"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    ],
    [
      'Bearer realm=https://host/token,service=x',
      [['bearer', { realm: 'https://host/token', service: 'x' }]],
    ],
    [String.raw`Basic realm="a \"b\" \\ c"`, [['basic', { realm: String.raw`a "b" \ c` }]]],
    ['Bearer realm="a",realm="b"', [['bearer', { realm: 'a' }]]],
    ['Bearer __proto__="x"', [['bearer', JSON.parse('{"__proto__":"x"}')]]],
    ['', []],
    ['"', []],
    ['realm="nobody\'s"', []],
  ])('reads %s', (header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  test('of any text ends, and gives lower-case schemes', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200, unit: fc.constantFrom('a', 'B', '=', '"', ',', ' ', '\\', '/', ';') }),
        (header) => {
          for (const { scheme } of parseChallenges(header)) expect(scheme).toBe(scheme.toLowerCase());
        },
      ),
    );
  });
});
