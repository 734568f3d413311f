import { buildEstargz, createMemoryBlob, describeLayer, type LayerFile } from '@sluice/testkit/estargz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLayerIndex } from './check-layer-index.ts';
import { decodeLayerIndex } from './decode-layer-index.ts';
import { encodeLayerIndex } from './encode-layer-index.ts';
import { createEstargzFormat } from './estargz/create-estargz-format.ts';
import { LayerError } from './layer-error.ts';
import { openLayerIndex } from './open-layer-index.ts';

const files: readonly LayerFile[] = [
  { name: 'd', type: 'dir', xattrs: { 'user.a': 'b' } },
  { name: 'd/f', type: 'reg', content: 'x'.repeat(700) },
  { name: 'd/s', type: 'symlink', target: 'f' },
  { name: 'n', type: 'char', major: 1, minor: 3 },
  { name: 'e', type: 'reg', content: '' },
];

async function makeIndex(content: readonly LayerFile[] = files) {
  const built = buildEstargz(content, { chunkSizeBytes: 300 });
  const blob = createMemoryBlob(built.blob);
  return (await createEstargzFormat().open(blob, { annotations: built.annotations }))!;
}

describe('an index as a file', () => {
  it('comes back with all that it says', async () => {
    const index = await makeIndex();
    const back = decodeLayerIndex(encodeLayerIndex(index).slice());
    expect(describeLayer(back)).toEqual(describeLayer(index));
    expect({ ...back, buffer: undefined }).toEqual({ ...index, buffer: undefined });
    expect(back.buffer).not.toBe(index.buffer);
  });

  it('is not copied where its buffer may be kept, nor written to when it is encoded again', async () => {
    const file = encodeLayerIndex(await makeIndex()).slice();
    const index = openLayerIndex(file.buffer);
    expect(index.buffer).toBe(file.buffer);
    expect(describeLayer(index)).toEqual(describeLayer(decodeLayerIndex(file)));
    const before = file.slice();
    const again = encodeLayerIndex(index);
    expect(again.buffer).toBe(file.buffer);
    expect(file).toEqual(before);
  });

  it('may be of a layer without files', async () => {
    const back = decodeLayerIndex(encodeLayerIndex(await makeIndex([])));
    expect([...describeLayer(back).keys()]).toEqual(['']);
  });

  it('is refused with any byte changed', async () => {
    const good = encodeLayerIndex(await makeIndex()).slice();
    const property = fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bad = good.slice();
      bad[at]! ^= change;
      expect(() => decodeLayerIndex(bad)).toThrow(LayerError);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is refused cut short, drawn out, or empty', async () => {
    const good = encodeLayerIndex(await makeIndex()).slice();
    for (const length of [0, 8, 95, 96, good.length - 8, good.length - 1]) {
      expect(() => decodeLayerIndex(good.subarray(0, length))).toThrow(/delete it, and it is made again/);
    }
    expect(() => decodeLayerIndex(Buffer.concat([good, Buffer.alloc(8)]))).toThrow(LayerError);
  });
});

describe('an index whose numbers point elsewhere', () => {
  const columns: readonly [string, (index: Awaited<ReturnType<typeof makeIndex>>) => void][] = [
    ['root', (index) => index.inodes.mode.set([0o100644], 1)],
    ['directory entries', (index) => index.inodes.count.set([99], 1)],
    ['parent', (index) => index.inodes.parent.set([99], 1)],
    ['entry inode', (index) => index.entries.inode.set([99], 0)],
    ['entry of the root', (index) => index.entries.inode.set([1], 0)],
    ['entry name', (index) => index.entries.nameOffset.set([9999], 0)],
    ['attributes', (index) => index.inodes.xattrs.set([9999], 2)],
    ['attributes from the middle of a list', (index) => index.inodes.xattrs.set([4], 2)],
    ['more attributes than there are', (index) => index.xattrs.set([200], 0)],
    ['an attribute longer than the column', (index) => index.xattrs.set([200], 6)],
    ['a directory within itself', (index) => index.entries.inode.set([2], 3)],
    ['a directory in two places', (index) => index.entries.inode.set([2], 1)],
    ['a directory that knows another parent', (index) => index.inodes.parent.set([2], 2)],
    ['directories that share entries', (index) => index.inodes.start.set([0], 2)],
    ['a name with a slash', (index) => index.names.set([0x2f], 0)],
    ['a name with a NUL byte', (index) => index.names.set([0], 0)],
    ['a name that is a dot', (index) => index.names.set([0x2e], 0)],
    ['names out of order', (index) => index.names.set([0x7a], 0)],
    ['the same name twice', (index) => index.names.set([0x65], 0)],
    ['content chunks', (index) => index.contents.chunkCount.set([99], 0)],
    ['fewer chunks', (index) => index.contents.chunkCount.set([1], 0)],
    ['content size', (index) => index.contents.size.set([5], 0)],
    ['chunk order', (index) => index.chunks.contentOffset.set([5, 5, 5], 0)],
    ['chunk place', (index) => index.chunks.blobEnd.set([index.blobSize + 1], 0)],
    ['chunk place that is none', (index) => index.chunks.blobOffset.set([Number.NaN], 0)],
    ['inner offset', (index) => index.chunks.innerOffset.set([-1], 0)],
  ];

  it.each(columns)('is refused: %s', async (_, damage) => {
    const index = await makeIndex();
    expect(() => checkLayerIndex(index)).not.toThrow();
    damage(index);
    expect(() => checkLayerIndex(index)).toThrow(LayerError);
  });
});
