import type { Random } from './random.ts';

type Entry = Record<string, unknown>;

const names = [
  '',
  '.',
  '..',
  '/',
  './',
  '../a',
  'a/../b',
  '/etc',
  'a',
  'a/b',
  'a/b/c',
  'd',
  'd/f',
  'l',
  'l/x',
  'h',
]
  .concat([
    '.wh.a',
    '.wh.',
    '.wh..wh..opq',
    'a/.wh.b',
    '.wh.../a',
    '.wh..wh.plnk/x',
    'a\0',
    './a',
    '/a//b/',
    'a/.',
  ])
  .concat(['.prefetch.landmark', './/stargz.index.json', '.../stargz.index.json'])
  .concat(['n/'.repeat(300), 'n/'.repeat(2049), 'x'.repeat(256), 'x'.repeat(5000)]);
const numbers = [
  -1,
  0,
  1,
  2,
  50,
  99,
  100,
  101,
  511,
  2 ** 18,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
];
const types = ['dir', 'reg', 'symlink', 'hardlink', 'char', 'block', 'fifo', 'chunk', 'socket'];
const digests = ['', ...['0', 'a', 'f'].map((digit) => `sha256:${digit.repeat(64)}`), 'sha512:ab'];
const times = [
  '',
  '2026-02-29T23:59:60.5+23:59',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999-23:59',
];
const lists = [
  {},
  { 'user.a': 'YQ==' },
  { 'trusted.overlay.opaque': 'eQ==' },
  { '': '' },
  { a: '!' },
  { a: null },
];

/** What each field may come to hold. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  name: names,
  linkName: names,
  type: types,
  digest: digests,
  chunkDigest: digests,
  modtime: times,
  xattrs: lists,
};
const numberFields = [
  'size',
  'mode',
  'uid',
  'gid',
  'offset',
  'innerOffset',
  'devMajor',
  'devMinor',
  'chunkOffset',
].concat(['chunkSize', 'chunkSize', 'size', 'offset']);

/** Changes the entries of a table of contents; undefined if it is not one that can be parsed. */
export function mutateToc(text: string, random: Random): string | undefined {
  const toc = parseToc(text);
  if (!toc) return undefined;
  const { entries } = toc;
  const at = random.below(entries.length);
  const other = random.pick(entries);
  switch (random.below(8)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.splice(at, 0, { ...other });
      break;
    case 2:
      entries.push(...entries.splice(at, 1));
      break;
    case 3:
      Object.assign(entries[at]!, pickFields(other, random));
      break;
    default:
      changeField(entries[at]!, random);
  }
  return JSON.stringify(toc);
}

function parseToc(text: string): { entries: Entry[] } | undefined {
  try {
    const toc = JSON.parse(text);
    const { entries } = toc;
    const isTable =
      Array.isArray(entries) && entries.length > 0 && entries.every((entry) => entry?.constructor === Object);
    return isTable ? toc : undefined;
  } catch {
    return undefined;
  }
}

/** Some fields of another entry: names and links find each other so, and digests meet other chunks. */
function pickFields(entry: Entry, random: Random): Entry {
  return Object.fromEntries(Object.entries(entry).filter(() => random.below(3) === 0));
}

function changeField(entry: Entry, random: Random): void {
  const field = random.pick([...Object.keys(values), ...Object.keys(entry), ...numberFields]);
  const old = entry[field];
  if (random.below(10) === 0) delete entry[field];
  else if (values[field]) entry[field] = random.pick(values[field]);
  else if (typeof old === 'number' && random.below(2) > 0)
    entry[field] = old + random.pick([-1, 1, -100, 100, 512]);
  else entry[field] = random.pick(numbers);
}
