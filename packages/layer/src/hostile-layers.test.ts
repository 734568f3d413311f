import { buildEstargz, createMemoryBlob, describeLayer, type TocEntryJson } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { checkChunks, checkContents } from '../test/fuzz/check-chunks.ts';
import { checkTree } from '../test/fuzz/check-tree.ts';
import { assemble, takeApart } from '../test/fuzz/layer-parts.ts';
import { createEstargzFormat } from './estargz/create-estargz-format.ts';
import { defaultEstargzLimits } from './estargz/estargz-limits.ts';

const tocDigest = 'containerd.io/snapshot/stargz/toc.digest';
const good = buildEstargz([{ name: 'f', type: 'reg', content: 'the bytes of f' }], { chunkSizeBytes: 5 });
const { data, json } = takeApart(good.blob);
const [first, second, third] = (JSON.parse(Buffer.from(json).toString()).entries as TocEntryJson[]).filter(
  ({ name }) => name === 'f',
);
const other = `sha256:${'b'.repeat(64)}`;

type Entries = readonly Partial<TocEntryJson>[];

/** Opens a layer with this table of contents, digest and footer being right. */
async function open(table: Entries | string | Uint8Array) {
  const text = Array.isArray(table) ? JSON.stringify({ version: 1, entries: table }) : table;
  const { blob, tocDigest: digest } = assemble({ json: Buffer.from(text as string), data });
  return openBlob(blob, { [tocDigest]: digest });
}

async function openBlob(bytes: Uint8Array, annotations: Record<string, string>) {
  const blob = createMemoryBlob(bytes);
  const index = await createEstargzFormat().open(blob, { annotations });
  return index && { index, blob };
}

/** A path in the layer, or a refusal with that code and message. */
type Outcome = readonly string[] | { readonly code: string; readonly message: RegExp };

const corrupt = (message: RegExp) => ({ code: 'CORRUPT', message });
const unlike = (entry: TocEntryJson | undefined, change: object) => ({ ...entry, ...change });

const tables: readonly [string, Entries, Outcome][] = [
  ['.. in a name', [{ name: '../etc/passwd', type: 'fifo' }], corrupt(/leaves the layer with '\.\.'/)],
  ['.. that stays within', [{ name: 'a/../b', type: 'fifo' }], corrupt(/leaves the layer/)],
  ['an absolute name', [{ name: '/etc/x', type: 'fifo' }], ['etc', 'etc/x']],
  ['an absolute name with ..', [{ name: '/../x', type: 'fifo' }], corrupt(/leaves the layer/)],
  ['an empty name', [{ name: '', type: 'fifo' }], corrupt(/root, but not a directory/)],
  ['no name', [{ type: 'fifo' }], corrupt(/root, but not a directory/)],
  ['an empty name of a directory', [{ name: '', type: 'dir', uid: 7 }], []],
  ['a symlink out of the tree', [{ name: 'l', type: 'symlink', linkName: '../../etc/shadow' }], ['l']],
  [
    'an entry through such a symlink',
    [
      { name: 'l', type: 'symlink', linkName: '/' },
      { name: 'l/x', type: 'fifo' },
    ],
    corrupt(/not a directory/),
  ],
  [
    'a hard link out of the tree',
    [{ name: 'h', type: 'hardlink', linkName: '../etc/shadow' }],
    corrupt(/leaves the layer/),
  ],
  [
    'a hard link through a symlink',
    [
      { name: 's', type: 'symlink', linkName: '/etc' },
      { name: 'h', type: 'hardlink', linkName: 's/shadow' },
    ],
    corrupt(/not in the layer/),
  ],
  [
    'a hard link to itself',
    [{ name: 'h', type: 'hardlink', linkName: 'h' }],
    corrupt(/leads back to itself/),
  ],
  [
    'a hard link to what is hidden',
    [
      { name: '.wh.x', type: 'fifo' },
      { name: 'h', type: 'hardlink', linkName: 'x' },
    ],
    corrupt(/not in the layer/),
  ],
  ['a file as parent', [first!, second!, third!, { name: 'f/g', type: 'fifo' }], corrupt(/not a directory/)],
  [
    'a name twice',
    [
      { name: 'x', type: 'dir' },
      { name: 'x/y', type: 'fifo' },
      { name: 'x', type: 'fifo' },
    ],
    ['x'],
  ],
  ['a negative chunk offset', [unlike(first, { chunkOffset: -1 })], corrupt(/gap or overlaps/)],
  ['a negative chunk size', [unlike(first, { chunkSize: -5 })], corrupt(/gap or overlaps/)],
  ['overlapping chunks', [first!, unlike(second, { chunkOffset: 4 }), third!], corrupt(/gap or overlaps/)],
  ['a gap between chunks', [first!, third!], corrupt(/gap or overlaps/)],
  ['chunks that end early', [first!, second!], corrupt(/chunks cover 10 of 14/)],
  [
    'a chunk behind the data',
    [unlike(first, { offset: data.length }), second!, third!],
    corrupt(/not within the blob/),
  ],
  [
    'a chunk at a negative offset',
    [unlike(first, { offset: -1 }), second!, third!],
    corrupt(/not within the blob/),
  ],
  [
    'a chunk at a negative inner offset',
    [unlike(first, { innerOffset: -1 }), second!, third!],
    corrupt(/not within the blob/),
  ],
  [
    'a chunk of a terabyte',
    [unlike(first, { size: 2 ** 40, chunkSize: 0 })],
    { code: 'TOO_LARGE', message: /decompressed/ },
  ],
  [
    'a chunk a terabyte into its stream',
    [unlike(first, { innerOffset: 2 ** 40 })],
    { code: 'TOO_LARGE', message: /decompressed/ },
  ],
  ['chunks of no file', [{ ...second }], []],
  ['chunks of a directory', [{ name: 'd', type: 'dir' }, { ...second }], ['d']],
  [
    'a digest of zeros',
    [unlike(first, { chunkDigest: `sha256:${'0'.repeat(64)}` }), second!, third!],
    { code: 'UNVERIFIED', message: /without digest/ },
  ],
];

describe('a hostile table of contents', () => {
  it.each(tables)('%s', async (_, entries, outcome) => {
    if ('code' in outcome) {
      await expect(open(entries)).rejects.toMatchObject({ name: 'LayerError', ...outcome });
      return;
    }
    const opened = (await open(entries))!;
    checkTree(opened.index);
    checkContents(opened.index);
    expect([...describeLayer(opened.index).keys()]).toEqual(['', ...outcome]);
  });

  it('with the digest of other bytes gives none of the chunk', async () => {
    const { index, blob } = (await open([unlike(first, { chunkDigest: other }), second!, third!]))!;
    await checkChunks(index, { blob, allowUnverified: false, chunkBytes: defaultEstargzLimits.chunkBytes });
  });

  it.each([
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551615',
    '18446744073709551616',
    '1e99',
    '-9223372036854775808',
  ])('with the number %s anywhere is refused', async (number) => {
    for (const field of [
      'size',
      'offset',
      'chunkOffset',
      'chunkSize',
      'innerOffset',
      'uid',
      'mode',
      'devMinor',
    ]) {
      const entry = JSON.stringify({ ...first, type: 'char', [field]: 'N' }).replace('"N"', number);
      const opened = open(`{"version":1,"entries":[${entry}]}`);
      await expect(opened, field).rejects.toMatchObject({ name: 'LayerError', code: 'CORRUPT' });
    }
  });
});
