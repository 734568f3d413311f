import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildEstargz, createMemoryBlob, type LayerFile } from '@sluice/testkit/estargz';
import { encodeLayerIndex } from '../../src/encode-layer-index.ts';
import { createEstargzFormat } from '../../src/estargz/create-estargz-format.ts';
import { type FuzzInput, readInputs } from './fuzz-input.ts';
import { packParts, takeApart } from './layer-parts.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

/** One of each kind of entry, with chunks, links, marks and attributes. */
const files: readonly LayerFile[] = [
  { name: '.prefetch.landmark', type: 'reg', content: '\x0f' },
  { name: 'a', type: 'dir', xattrs: { 'user.a': 'b' }, mtimeNsec: 5 },
  { name: 'a/b', type: 'reg', content: 'hello '.repeat(40) },
  { name: 'a/c', type: 'reg', content: '' },
  { name: 'a/.wh.b2', type: 'reg', content: '' },
  { name: 'd', type: 'dir' },
  { name: 'd/.wh..wh..opq', type: 'reg', content: '' },
  { name: 'd/f', type: 'reg', content: 'the same' },
  { name: 'd/g', type: 'reg', content: 'the same' },
  { name: 'l', type: 'symlink', target: 'a/b' },
  { name: 'h', type: 'hardlink', target: 'a/b' },
  { name: 'n', type: 'char', major: 1, minor: 3 },
  { name: 'p', type: 'fifo' },
];

/** What fuzzing begins with: good layers of every shape, and what earlier runs have found (fixtures/corpus). */
export async function seedInputs(): Promise<FuzzInput[]> {
  const built = [
    buildEstargz(files, { chunkSizeBytes: 100 }),
    buildEstargz(files, { chunkSizeBytes: 100, minMemberBytes: 300 }),
    buildEstargz(files.slice(0, 3), { footer: 'stargz' }),
    buildEstargz([]),
  ];
  const ctrRemote = ['opaque', 'whiteout'].map((name) =>
    readFileSync(join(fixtures, `ctr-remote/${name}.esgz`)),
  );
  const blobs = [...built.map(({ blob }) => blob), ...ctrRemote];
  const indexes = await Promise.all(blobs.map(indexOf));
  return [
    ...blobs.map((bytes): FuzzInput => ({ kind: 'blob', bytes })),
    ...blobs.map((bytes): FuzzInput => ({ kind: 'layer', bytes: packParts(takeApart(bytes)) })),
    ...indexes.map((bytes): FuzzInput => ({ kind: 'index', bytes })),
    ...readInputs(join(fixtures, 'corpus')),
  ];
}

async function indexOf(blob: Uint8Array): Promise<Uint8Array> {
  const index = await createEstargzFormat().open(createMemoryBlob(blob), {
    annotations: {},
    allowUnverified: true,
  });
  return encodeLayerIndex(index!).slice();
}
