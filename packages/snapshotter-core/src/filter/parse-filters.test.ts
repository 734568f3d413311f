import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SnapshotInfo } from '../snapshot-info.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { TARGET_LABEL } from '../well-known-labels.ts';
import { parseFilters } from './parse-filters.ts';

function snapshot(name: string, rest: Partial<SnapshotInfo> = {}): SnapshotInfo {
  return { name, parent: '', kind: 'committed', labels: {}, createdNs: 0n, updatedNs: 0n, ...rest };
}

const CORPUS: readonly SnapshotInfo[] = [
  snapshot('foo', { labels: { foo: 'true' } }),
  snapshot('bar', { kind: 'active' }),
  snapshot('foo2', { labels: { foo: 'present', 'more complex label': 'present' }, parent: 'foo' }),
  snapshot('default/1/sha256:ab cd', { labels: { bar: 'true', 'a.b/c': 'x,y' }, kind: 'view' }),
  snapshot('quoted', { labels: { 'with \\ and "': 'present' } }),
  snapshot('dotted', { labels: { 'with \\ and ".post': 'present', foo: 'omg_asdf.asdf-qwer' } }),
];

const matching = (...filters: string[]) => {
  const filter = parseFilters(filters);
  return CORPUS.filter((info) => filter.matches(info)).map(({ name }) => name);
};
const ALL = CORPUS.map(({ name }) => name);

describe('parseFilters', () => {
  test('matches everything without filters, and with an empty one', () => {
    expect(matching()).toEqual(ALL);
    expect(matching('')).toEqual(ALL);
    expect(matching('name==none', '')).toEqual(ALL);
  });

  test.each<[string, readonly string[]]>([
    ['name', ALL],
    ['parent', ALL],
    ['kind', ALL],
    ['unknown', []],
    ['labels', []],
    ['labels.foo', ['foo', 'foo2', 'dotted']],
    ['labels.foo==true', ['foo']],
    ['labels.foo==omg_asdf.asdf-qwer', ['dotted']],
    ['labels.foo,kind==committed,parent==foo', ['foo2']],
    ['name==bar', ['bar']],
    ['name == bar', ['bar']],
    ['name==bar, kind==active', ['bar']],
    ['name!=bar', ALL.filter((name) => name !== 'bar')],
    ['name=="default/1/sha256:ab cd"', ['default/1/sha256:ab cd']],
    ['name==default/1/sha256:ab', []],
    ['labels."a.b/c"=="x,y"', ['default/1/sha256:ab cd']],
    ['labels.a."b/c"=="x,y"', ['default/1/sha256:ab cd']],
    ['labels."more complex label"', ['foo2']],
    ['labels."with \\\\ and \\""==present', ['quoted']],
    ['labels."with \\\\ and \\"".post==present', ['dotted']],
    ['labels.foo!=true', ALL.filter((name) => name !== 'foo')],
    ['labels.foo!=""', ['foo', 'foo2', 'dotted']],
    ['labels.foo==""', []],
    ['parent==""', ALL.filter((name) => name !== 'foo2')],
    ['name~=^foo', ['foo', 'foo2']],
    ['name~=/^foo[0-9]{1,2}$/', ['foo2']],
    ['name~=|^default/1|', ['default/1/sha256:ab cd']],
    ['name~="^ba(r|z)$"', ['bar']],
    ['labels.foo~="^$"', ['bar', 'default/1/sha256:ab cd', 'quoted']],
    ['name=="f\\x6f\\157"', ['foo']],
    ['name=="\\u0062\\U00000061r"', ['bar']],
    ['"name"==foo', ['foo']],
  ])('matches %s', (filter, names) => {
    expect(matching(filter)).toEqual(names);
  });

  test('matches what any of several filters does', () => {
    expect(matching('name==foo', 'kind==active', 'labels.bar')).toEqual([
      'foo',
      'bar',
      'default/1/sha256:ab cd',
    ]);
  });

  test.each([
    'name==foo,',
    ',name==foo',
    'labels.',
    '.name',
    'name=foo',
    'name===foo',
    'name=~foo',
    'name!foo',
    'name==',
    'name~=,kind==view',
    'name==foo bar',
    'name==foo ,kind==view',
    'name ',
    'name foo',
    'labels.?"x"==y',
    'labels.|foo|==x',
    'name==/foo/',
    'name==/foo',
    'name==.foo',
    'name=="foo',
    'name=="foo"bar',
    'name=="a\nb"',
    'name=="\\q"',
    'name=="\\xZZ"',
    'name=="\\400"',
    'name=="\\U00110000"',
    'name=="\\xff"',
    'name~="("',
    'name~=/\\d/',
    'ключ==x',
  ])('refuses %j', (filter) => {
    expect(() => parseFilters([filter])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('filter') }),
    );
  });

  test('says where a filter is wrong', () => {
    expect(() => parseFilters(['name==foo,kind=x'])).toThrow(
      'expected an operator (==, != or ~=) at "=x" (position 14)',
    );
    expect(() => parseFilters(['name=='])).toThrow('at the end (position 6)');
  });

  test('refuses a bad filter also beside one that matches everything', () => {
    expect(() => parseFilters(['', 'name=='])).toThrow(SnapshotterError);
  });

  test('refuses filters without measure', () => {
    expect(() => parseFilters([`name==${'x'.repeat(70_000)}`])).toThrow(SnapshotterError);
    expect(() => parseFilters(Array(2000).fill('name==x'))).toThrow(SnapshotterError);
  });

  test('does not take inherited properties for labels', () => {
    expect(matching('labels.constructor')).toEqual([]);
    expect(matching('labels.toString!=""')).toEqual([]);
  });
});

describe('bounds', () => {
  const target = `labels."${TARGET_LABEL}"==x`;

  test.each<[readonly string[], unknown]>([
    [[`${target},parent==""`], [{ target: 'x', parent: '' }]],
    [[`parent==p,kind==committed,${target}`], [{ target: 'x', parent: 'p' }]],
    [['labels.containerd."io/snapshot".ref==x,parent==p'], [{ target: 'x', parent: 'p' }]],
    [['name==a'], [{ name: 'a' }]],
    [
      ['name==a', `${target},parent==p`],
      [{ name: 'a' }, { target: 'x', parent: 'p' }],
    ],
    [[target], undefined],
    [['parent==p'], undefined],
    [['name!=a'], undefined],
    [['name==a', 'kind==view'], undefined],
    [['name==a', ''], undefined],
    [[], undefined],
  ])('of %j', (filters, bounds) => {
    expect(parseFilters(filters).bounds).toEqual(bounds);
  });
});

describe('any filter', () => {
  const word = fc.constantFrom('a', 'b', 'foo', 'a.b', 'x y', '"', '\\', 'ü', '', ',', '==', '/');
  const field: fc.Arbitrary<string[]> = fc.oneof(
    fc.constantFrom('name', 'parent', 'kind', 'unknown').map((name) => [name]),
    word.map((key) => ['labels', key]),
  );
  const selector = fc.record({
    path: field,
    operator: fc.constantFrom('present', '==', '!='),
    value: fc.oneof(word, fc.constantFrom('active', 'committed', 'view')),
  });
  const info = fc.record({
    name: word,
    parent: word,
    kind: fc.constantFrom('active' as const, 'view' as const, 'committed' as const),
    labels: fc.dictionary(word, word),
    createdNs: fc.constant(0n),
    updatedNs: fc.constant(0n),
  });
  type Selector = { path: string[]; operator: string; value: string };

  const print = ({ path, operator, value }: Selector): string => {
    const fields = path.map((part) => (/^[a-z]+$/.test(part) ? part : JSON.stringify(part))).join('.');
    return operator === 'present' ? fields : `${fields}${operator}${JSON.stringify(value)}`;
  };
  /** The meaning, written down a second time. */
  const holds = ({ path, operator, value }: Selector, about: SnapshotInfo): boolean => {
    const fields: Record<string, string> = { name: about.name, parent: about.parent, kind: about.kind };
    for (const [key, label] of Object.entries(about.labels)) fields[`labels ${key}`] = label;
    const found = fields[path.join(' ')];
    if (operator === 'present') return found !== undefined;
    return operator === '==' ? found === value : (found ?? '') !== value;
  };

  test('means what it says: all selectors of one filter, any of several filters', () => {
    const filters = fc.array(fc.array(selector, { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(filters, info, (all, about) => {
        const expected = all.some((selectors) => selectors.every((one) => holds(one, about)));
        const { matches } = parseFilters(all.map((selectors) => selectors.map(print).join(',')));
        expect(matches(about)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('is parsed, or refused as an invalid argument', () => {
    const piece = fc.constantFrom(
      'name',
      'labels',
      '.',
      ',',
      '==',
      '!=',
      '~=',
      '"',
      '\\',
      '/',
      '|',
      ' ',
      '(',
      '[',
      '*',
      '{9',
      'a',
      'ü',
      '\0',
      '\ud800',
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (filter) => {
        try {
          parseFilters([filter]).matches(CORPUS[0]!);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SnapshotterError', code: 'INVALID_ARGUMENT' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
