import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './compile-pattern.ts';
import { matchPattern } from './match-pattern.ts';

const matches = (pattern: string, text: string) => matchPattern(compilePattern(pattern), text);

describe('a pattern', () => {
  /**
   * Syntax that RE2 and ECMAScript share, in text of few letters, so that matches are frequent. (Not `\B`: V8 finds
   * it within surrogate pairs.)
   */
  const letter = fc.constantFrom('a', 'b', 'c', 'é', '😀', '-', ' ');
  const leaf = fc.oneof(
    letter,
    fc.constantFrom(
      '.',
      '^',
      '$',
      '\\b',
      '\\d',
      '\\w',
      '\\s',
      '\\W',
      '[ab]',
      '[^ab]',
      '[a-c]',
      '[\\w-]',
      '[^\\s]',
    ),
    fc.constantFrom('\\.', '\\x61', '\\n', '[\\x61-\\x62]', '[-a]'),
  );
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    pattern: fc
      .array(fc.array(tie('part'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
      .map((choices) => choices.map((parts) => parts.join('')).join('|')),
    part: fc.oneof(
      { maxDepth: 2 },
      leaf,
      fc
        .tuple(letter, fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{1,}', '*?'))
        .map((both) => both.join('')),
      fc
        .tuple(
          tie('pattern'),
          fc.constantFrom('(', '(?:'),
          fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}'),
        )
        .map(([inner, open, times]) => `${open}${inner})${times}`),
    ),
  }));

  test('matches what the same regular expression of ECMAScript does', () => {
    const text = fc.array(fc.oneof(letter, fc.constantFrom('1', '_', '\n', 'A')), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, letters) => {
        fc.pre(source.length < 100);
        const said = letters.join('');
        expect(matches(source, said)).toBe(new RegExp(source, 'u').test(said));
      }),
      { numRuns: 3000 },
    );
  });

  test.each<[string, string, boolean]>([
    ['(?i)ABC', 'xabcx', true],
    ['(?i)[a-c]+$', 'ABC', true],
    ['(?i)[^a]', 'A', false],
    ['(?i:a)B', 'AB', true],
    ['(?i:a)B', 'Ab', false],
    ['a(?i)b', 'aB', true],
    ['(a(?i)b)c', 'aBC', false],
    ['(?s).', '\n', true],
    ['.', '\n', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^b$', 'a\nb\nc', false],
    ['\\Aa\\z', 'a', true],
    ['(?P<name>a)(?<other>b)', 'ab', true],
    ['[[:alpha:]]+[[:digit:]]', 'ab1', true],
    ['^[[:^alpha:]]$', 'a', false],
    ['^[\\D]$', '1', false],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['\\x{1F600}', '😀', true],
    ['^.$', '😀', true],
    ['a{,2}', 'a{,2}', true],
    ['a{x', 'a{x', true],
    ['(?U)a+', 'aa', true],
    ['a\\Bb', 'ab', true],
    ['a\\B', 'a b', false],
    ['^\\B$', '', true],
    ['\\b', '-', false],
    ['', '', true],
    ['()*', '', true],
    ['(a*)*$', 'aab', true],
    ['^(a*)*$', 'aab', false],
    ['sha256:[0-9a-f]{64}', `sha256:${'0f'.repeat(32)}`, true],
  ])('%s on %j: %j', (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });

  test.each([
    '(',
    ')',
    '[',
    '[a',
    'a**',
    'a{2}{3}',
    '*a',
    '+',
    '?',
    'a{2,1}',
    'a{1001}',
    '\\',
    '\\1',
    '\\pL',
    '\\Qa\\E',
    '\\xZ',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?x)',
    '[b-a]',
    '[[:nope:]]',
    '\\x{110000}',
    'a|*',
  ])('%s is refused', (source) => {
    expect(() => compilePattern(source)).toThrow(SyntaxError);
  });
});

describe('a hostile pattern', () => {
  test.each(['(a+)+$', '(a|a)*$', '(a|aa)+$', 'a*a*a*a*a*a*a*b', '(.*)(.*)(.*)(.*)x', '(a?){20}a{20}b'])(
    '%s takes no long time',
    (source) => {
      const program = compilePattern(source);
      const start = performance.now();
      matchPattern(program, `${'a'.repeat(4000)}!`);
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );

  test.each([
    '((((((){1000}){1000}){1000}){1000}){1000})',
    '(((a{100}){100}){100})',
    'a{1000}',
    'x'.repeat(2000),
  ])('%s is refused at once', (source) => {
    const start = performance.now();
    expect(() => compilePattern(source)).toThrow(SyntaxError);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('with groups as deep as can be does not exhaust the stack', () => {
    expect(matches(`${'('.repeat(400)}a${')'.repeat(400)}`, 'a')).toBe(true);
  });
});
