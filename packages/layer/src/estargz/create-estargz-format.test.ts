import {
  brokenEstargz,
  buildEstargz,
  buildTarGzip,
  createMemoryBlob,
  type EstargzBlob,
  type EstargzDefect,
  estargzFooter,
  type LayerFile,
  type TocEntryJson,
} from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import type { LayerHints } from '../layer-format.ts';
import { createEstargzFormat, type EstargzOptions } from './create-estargz-format.ts';

const files: readonly LayerFile[] = [
  { name: 'etc/', type: 'dir' },
  { name: 'etc/motd', type: 'reg', content: 'hello\n' },
  { name: 'big', type: 'reg', content: 'abcdefghij'.repeat(100) },
];

async function open(built: EstargzBlob, hints: Partial<LayerHints> = {}, options: EstargzOptions = {}) {
  const blob = createMemoryBlob(built.blob);
  const index = await createEstargzFormat(options).open(blob, { annotations: built.annotations, ...hints });
  return { index, reads: blob.reads };
}

/** A layer whose table of contents has these entries instead of its own, as an editor of JSON would leave it. */
function withEntries(entries: readonly Partial<TocEntryJson>[]): EstargzBlob {
  return buildEstargz(files, {
    editToc: (toc) => {
      toc.entries = entries.map((entry) => ({ name: '', type: 'dir', ...entry }));
    },
  });
}

const inBlob = { offset: 1, chunkDigest: `sha256:${'a'.repeat(64)}` };

describe('what is read of a blob', () => {
  it('is one range if the table of contents is short', async () => {
    const { reads } = await open(buildEstargz(files));
    expect(reads).toHaveLength(1);
  });

  it.each([51, 64, 100])(
    'is two ranges if it is not, the second what is left of the table (%i)',
    async (tailBytes) => {
      const built = buildEstargz(files);
      const { index, reads } = await open(built, {}, { tailBytes });
      expect(index?.inodeCount).toBe(4);
      expect(reads).toEqual([
        { offset: built.size - tailBytes, length: tailBytes },
        { offset: built.tocOffset, length: built.size - tailBytes - built.tocOffset },
      ]);
    },
  );

  it.each([
    [10_000, 10_000],
    [1e6, 128 * 1024],
    [32e6, 250_000],
    [1e9, 512 * 1024],
  ])('begins with a share of the blob, within bounds: of %i bytes with %i', async (size, length) => {
    const reads: number[] = [];
    const read = async (offset: number, wanted: number) => {
      expect(offset + wanted).toBe(size);
      reads.push(wanted);
      return new Uint8Array(wanted);
    };
    expect(await createEstargzFormat().open({ size, read }, { annotations: {} })).toBeUndefined();
    expect(reads).toEqual([length]);
  });

  it('is nothing more once the footer says that it is another format', async () => {
    const blob = createMemoryBlob(buildTarGzip(files).blob);
    expect(await createEstargzFormat().open(blob, { annotations: {} })).toBeUndefined();
    expect(blob.reads).toHaveLength(1);
    const empty = createMemoryBlob(new Uint8Array(0));
    expect(await createEstargzFormat().open(empty, { annotations: {} })).toBeUndefined();
  });

  it('is nothing at all after an abort', async () => {
    const blob = createMemoryBlob(buildEstargz(files).blob);
    const signal = AbortSignal.abort(new Error('nobody waits'));
    await expect(createEstargzFormat().open(blob, { annotations: {} }, { signal })).rejects.toThrow(
      'nobody waits',
    );
    expect(blob.reads).toHaveLength(0);
  });
});

describe('the footers of all writers', () => {
  it('are read: the older stargz has no subfield', async () => {
    const built = buildEstargz(files, { footer: 'stargz' });
    expect((await open(built)).index?.inodeCount).toBe(4);
  });

  it('are told apart: a table outside of the layer is not supported', async () => {
    const built = buildEstargz(files, { footer: 'external' });
    await expect(open(built)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /outside of the layer/ });
  });

  it('are refused if they point behind the data', async () => {
    const blob = createMemoryBlob(estargzFooter(2 ** 45));
    const opened = createEstargzFormat().open(blob, { annotations: {} });
    await expect(opened).rejects.toMatchObject({ code: 'CORRUPT', message: /35184372088832/ });
  });
});

describe('verification', () => {
  const refused: readonly [EstargzDefect, string][] = [
    ['wrong-toc-digest', 'CORRUPT'],
    ['no-toc-digest', 'UNVERIFIED'],
    ['no-chunk-digest', 'UNVERIFIED'],
    ['overlapping-chunks', 'CORRUPT'],
    ['missing-chunks', 'CORRUPT'],
    ['chunk-outside-blob', 'CORRUPT'],
    ['path-outside-layer', 'CORRUPT'],
  ];

  it.each(refused)('refuses a layer with %s as %s', async (defect, code) => {
    const built = brokenEstargz(defect, files, { chunkSizeBytes: 300 });
    await expect(open(built)).rejects.toMatchObject({ name: 'LayerError', code });
  });

  it.each(refused)('with allowUnverified accepts only the absence of digests: %s', async (defect, code) => {
    const built = brokenEstargz(defect, files, { chunkSizeBytes: 300 });
    const opened = open(built, { allowUnverified: true });
    if (code === 'UNVERIFIED') expect((await opened).index?.inodeCount).toBe(4);
    else await expect(opened).rejects.toMatchObject({ code });
  });

  it('takes the digest of a file for that of its only chunk, as older builders have it', async () => {
    const built = buildEstargz(files, {
      editToc: (toc) => {
        for (const entry of toc.entries) delete entry.chunkDigest;
      },
    });
    const { index } = await open(built);
    expect(index!.chunks.digest.every((byte) => byte === 0)).toBe(false);
  });

  it('refuses a file whose only chunk has another digest than the file', async () => {
    const other = `sha256:${'b'.repeat(64)}`;
    const built = withEntries([{ name: 'f', type: 'reg', size: 1, ...inBlob, digest: other }]);
    await expect(open(built)).rejects.toMatchObject({ code: 'CORRUPT', message: /entry "f"/ });
  });

  it('names what it does not understand of the annotation', async () => {
    const annotations = { 'containerd.io/snapshot/stargz/toc.digest': 'md5:abc' };
    await expect(open(buildEstargz(files), { annotations })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('limits', () => {
  const cases: readonly [string, EstargzOptions['limits'] & object][] = [
    ['bytes of the table', { tocBytes: 100 }],
    ['bytes of the compressed table', { compressedTocBytes: 100 }],
    ['names', { maxInodes: 2 }],
    ['bytes of text', { textBytes: 3 }],
    ['chunks', { maxChunks: 1 }],
    ['bytes of a chunk', { chunkBytes: 999 }],
  ];

  it.each(cases)('keep a layer with too many %s out', async (_, limits) => {
    await expect(open(buildEstargz(files), {}, { limits })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('count the directories that long paths imply', async () => {
    const deep = withEntries([{ name: 'd/'.repeat(2000), type: 'dir' }]);
    await expect(open(deep, {}, { limits: { maxInodes: 1000 } })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });
});

describe('entries that no layer can have are refused, by name', () => {
  const cases: readonly [string, readonly Partial<TocEntryJson>[], RegExp][] = [
    ['a path that leaves the layer', [{ name: 'a/../../b' }], /"a\/..\/..\/b".*'\.\.'/],
    ['a NUL byte in a name', [{ name: 'a\0b' }], /NUL/],
    ['a name longer than a file system takes', [{ name: 'n'.repeat(256) }], /longer than 255/],
    ['a path longer than a file system takes', [{ name: 'n/'.repeat(2049) }], /longer than 4096/],
    ['a negative size', [{ name: 'f', type: 'reg', size: -1, ...inBlob }], /size -1/],
    ['a size beyond 2^53', [{ name: 'f', type: 'reg', size: 2 ** 60, ...inBlob }], /out of range/],
    ['an owner that is no user', [{ name: 'f', uid: -1 }], /owner -1/],
    ['a device that Linux cannot have', [{ name: 'f', type: 'char', devMajor: 4096 }], /device 4096/],
    ['a symlink to nothing', [{ name: 'l', type: 'symlink' }], /entry "l"/],
    [
      'a hard link to nothing',
      [{ name: 'l', type: 'hardlink', linkName: 'gone' }],
      /"gone".*not in the layer/,
    ],
    [
      'a hard link to a directory',
      [{ name: 'd' }, { name: 'l', type: 'hardlink', linkName: 'd' }],
      /is a directory/,
    ],
    [
      'hard links in a circle',
      [
        { name: 'a', type: 'hardlink', linkName: 'b' },
        { name: 'b', type: 'hardlink', linkName: 'a' },
      ],
      /leads back/,
    ],
    [
      'a file as a directory',
      [
        { name: 'f', type: 'fifo' },
        { name: 'f/g', type: 'fifo' },
      ],
      /entry "f\/g".*not a directory/,
    ],
    ['a whiteout as a directory', [{ name: '.wh.a/b', type: 'fifo' }], /cannot have entries/],
    ['a whiteout of nothing', [{ name: 'd/.wh.', type: 'fifo' }], /hides nothing/],
    ['a whiteout that leaves its directory', [{ name: 'd/.wh...', type: 'fifo' }], /'\.\.'/],
    ['a root that is a file', [{ name: './', type: 'fifo' }], /root/],
    ['an attribute that is no base64', [{ name: 'd', xattrs: { 'user.a': '!' } }], /base64/],
    ['an attribute without a name', [{ name: 'd', xattrs: { '': '' } }], /extended attribute ""/],
    ['a time that does not exist', [{ name: 'd', modtime: '2026-02-30T00:00:00Z' }], /RFC 3339/],
    ['a digest that is none', [{ name: 'd', digest: 'sha256:xyz' }], /digest/],
  ];

  it.each(cases)('%s', async (_, entries, message) => {
    await expect(open(withEntries(entries))).rejects.toMatchObject({ code: 'CORRUPT', message });
  });

  it('an entry of an unknown type is not supported', async () => {
    const opened = open(withEntries([{ name: 's', type: 'socket' }]));
    await expect(opened).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /"socket"/ });
  });

  it('a table of another version is not supported', async () => {
    const built = buildEstargz(files, {
      editToc: (toc) => {
        toc.version = 2;
      },
    });
    await expect(open(built)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /version 2/ });
  });
});
