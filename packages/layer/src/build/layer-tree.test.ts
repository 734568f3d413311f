import {
  buildEstargz,
  createMemoryBlob,
  describeLayer,
  type LayerFile,
  type TocJson,
} from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { createEstargzFormat } from '../estargz/create-estargz-format.ts';
import type { LayerIndex } from '../layer-index.ts';

interface Options {
  readonly userXattr?: boolean;
  readonly prioritized?: readonly string[];
  readonly editToc?: (toc: TocJson) => void;
}

async function indexOf(
  files: readonly LayerFile[],
  { userXattr = false, ...options }: Options = {},
): Promise<LayerIndex> {
  const built = buildEstargz(files, options);
  const hints = { annotations: built.annotations, userXattr };
  return (await createEstargzFormat().open(createMemoryBlob(built.blob), hints))!;
}

async function treeOf(files: readonly LayerFile[], options: Options = {}) {
  return describeLayer(await indexOf(files, options));
}

const text = (name: string, content = name): LayerFile => ({ name, type: 'reg', content });

describe('names', () => {
  it('may begin with ./ or /, double slashes and end with a slash', async () => {
    const tree = await treeOf([
      { name: './a/', type: 'dir' },
      text('/a//b'),
      text('././a/./c'),
      { name: 'a/d/.', type: 'dir' },
    ]);
    expect([...tree.keys()]).toEqual(['', 'a', 'a/b', 'a/c', 'a/d']);
  });

  it('are sorted bytewise in their directory', async () => {
    const tree = await treeOf(['é', 'z', 'a', 'Z', 'aa', '~'].map((name) => text(name)));
    expect([...tree.keys()]).toEqual(['', 'Z', 'a', 'aa', 'z', '~', 'é']);
  });

  it('that belong to the format are hidden in the root and nowhere else', async () => {
    const own = ['.prefetch.landmark', '.no.prefetch.landmark', 'stargz.index.json'];
    const tree = await treeOf([...own, ...own.map((name) => `d/${name}`)].map((name) => text(name)));
    expect([...tree.keys()]).toEqual(['', 'd', ...own.sort().map((name) => `d/${name}`)]);
  });
});

it('a file of the format in a directory of dots is a file like others', async () => {
  const tree = await treeOf([
    text('.../stargz.index.json'),
    text('..../.prefetch.landmark'),
    text('.//stargz.index.json'),
  ]);
  expect([...tree.keys()]).toEqual(['', '...', '.../stargz.index.json', '....', '..../.prefetch.landmark']);
});

describe('directories', () => {
  it('that no entry describes are implied: root-owned, 0755, of 1970', async () => {
    const implied = { mode: 0o040755, uid: 0, gid: 0, mtimeSec: 0, nlink: 3 };
    const tree = await treeOf([text('a/b/c')]);
    expect(tree.get('')).toMatchObject(implied);
    expect(tree.get('a')).toMatchObject(implied);
  });

  it('may be described after their entries', async () => {
    const tree = await treeOf([text('a/b'), { name: 'a/', type: 'dir', mode: 0o700, uid: 5 }]);
    expect(tree.get('a')).toMatchObject({ mode: 0o040700, uid: 5, nlink: 2 });
    expect(tree.has('a/b')).toBe(true);
  });

  it('count themselves, their dot and their subdirectories as links', async () => {
    const tree = await treeOf([text('a/b/x'), text('a/c/x'), text('a/y')]);
    expect(tree.get('a')!.nlink).toBe(4);
  });

  it.each(['./', '/', '.'])(
    'take the attributes of the root from an entry %j, as extracting the layer would',
    async (name) => {
      const tree = await treeOf([{ name, type: 'dir', mode: 0o711, uid: 1, gid: 2, mtimeSec: 3 }]);
      expect(tree.get('')).toMatchObject({ mode: 0o040711, uid: 1, gid: 2, mtimeSec: 3 });
    },
  );
});

describe('a name that comes again', () => {
  it('is what the last entry says', async () => {
    const index = await indexOf([text('f', 'old contents'), { ...text('f', 'new'), mode: 0o600 }]);
    expect(describeLayer(index).get('f')).toMatchObject({ mode: 0o100600, size: 3 });
    expect(index.contentCount).toBe(1);
  });

  it('as a file takes a directory with all below it away', async () => {
    const tree = await treeOf([text('d/a/b'), { name: 'd', type: 'symlink', target: 'x' }]);
    expect([...tree.keys()]).toEqual(['', 'd']);
  });

  it('as a directory again begins empty', async () => {
    const tree = await treeOf([text('d/a'), text('d'), { name: 'd', type: 'dir' }, text('d/b')]);
    expect([...tree.keys()]).toEqual(['', 'd', 'd/b']);
  });
});

describe('hard links', () => {
  it('share an inode, to files, links and entries still to come', async () => {
    const tree = await treeOf([
      { name: 'c', type: 'hardlink', target: 'b' },
      { name: 'b', type: 'hardlink', target: './a' },
      text('a'),
      { name: 'd/e', type: 'hardlink', target: '/c' },
    ]);
    expect(new Set(['a', 'b', 'c', 'd/e'].map((name) => tree.get(name)!.inode)).size).toBe(1);
    expect(tree.get('a')).toMatchObject({ nlink: 4, size: 1 });
  });

  it('may be names of symlinks and devices', async () => {
    const tree = await treeOf([
      { name: 's', type: 'symlink', target: 'x' },
      { name: 's2', type: 'hardlink', target: 's' },
      { name: 'n', type: 'char', major: 1, minor: 3 },
      { name: 'n2', type: 'hardlink', target: 'n' },
    ]);
    expect(tree.get('s2')).toMatchObject({ target: 'x', nlink: 2 });
    expect(tree.get('n2')!.inode).toBe(tree.get('n')!.inode);
  });
});

describe('whiteouts', () => {
  const whiteout = { mode: 0o020000, rdev: 0, nlink: 1 };

  it('are character devices 0:0, whatever their own type', async () => {
    const tree = await treeOf([
      text('d/.wh.gone', ''),
      { name: '.wh.dir', type: 'dir' },
      { name: '.wh.link', type: 'hardlink', target: '.wh..wh.aufs' },
      text('.wh.with-bytes', 'xyz'),
    ]);
    expect([...tree.keys()]).toEqual(['', 'd', 'd/gone', 'dir', 'link', 'with-bytes']);
    for (const name of ['d/gone', 'dir', 'link', 'with-bytes'])
      expect(tree.get(name)).toMatchObject(whiteout);
  });

  it.each([false, true])(
    'of a file that the layer has itself do nothing (whiteout last: %j)',
    async (last) => {
      const both = [text('.wh.f', ''), text('f')];
      const tree = await treeOf(last ? both.reverse() : both);
      expect(tree.get('f')).toMatchObject({ mode: 0o100644, size: 1 });
    },
  );

  it.each([false, true])(
    'of a directory that the layer has itself make it opaque (whiteout last: %j)',
    async (last) => {
      const both = [text('.wh.d', ''), text('d/x')];
      const tree = await treeOf(last ? both.reverse() : both);
      expect(tree.get('d')!.xattrs).toEqual({ 'trusted.overlay.opaque': 'y' });
      expect(tree.has('d/x')).toBe(true);
    },
  );

  it("with AUFS's own names are dropped with what is in them", async () => {
    const tree = await treeOf([text('.wh..wh.aufs', ''), text('.wh..wh.plnk/12.34', 'x'), text('a')]);
    expect([...tree.keys()]).toEqual(['', 'a']);
  });
});

describe('opaque directories', () => {
  const opaque = text('d/.wh..wh..opq', '');

  it('have the attribute that overlayfs looks for, beside their own', async () => {
    const own = { name: 'd', type: 'dir', xattrs: { 'user.a': 'b' } } as const;
    const expected = { 'user.a': 'b', 'trusted.overlay.opaque': 'y' };
    expect((await treeOf([opaque, own])).get('d')!.xattrs).toEqual(expected);
    expect((await treeOf([own, opaque])).get('d')!.xattrs).toEqual(expected);
  });

  it('have it in the user namespace as well where that was asked for', async () => {
    const tree = await treeOf([opaque], { userXattr: true });
    expect(tree.get('d')!.xattrs).toEqual({ 'trusted.overlay.opaque': 'y', 'user.overlay.opaque': 'y' });
  });
});

describe('attributes', () => {
  it('of overlayfs do not come out of a layer: they would hide or redirect what is below', async () => {
    const xattrs = { 'trusted.overlay.redirect': '/etc', 'user.overlay.opaque': 'y', 'user.kept': '1' };
    const tree = await treeOf([{ name: 'd', type: 'dir', xattrs }]);
    expect(tree.get('d')!.xattrs).toEqual({ 'user.kept': '1' });
  });

  it('are kept once where many files have the same', async () => {
    const labelled = (name: string): LayerFile => ({
      ...text(name),
      xattrs: { 'security.selinux': 'x'.repeat(50) },
    });
    const one = await indexOf([labelled('a')]);
    const many = await indexOf(['a', 'b', 'c', 'd'].map(labelled));
    expect(many.xattrs.length).toBe(one.xattrs.length);
  });

  it('of time have their fraction and zone', async () => {
    const editToc = (toc: TocJson) => {
      toc.entries.at(-1)!.modtime = '2026-01-01T01:30:00.000000001+01:30';
    };
    const node = (await treeOf([text('f')], { editToc })).get('f');
    expect(node).toMatchObject({ mtimeSec: Date.UTC(2026, 0, 1) / 1000, mtimeNsec: 1 });
  });

  it('of mode have no type bits of their own, and symlinks always 0777', async () => {
    const tree = await treeOf([
      { ...text('f'), mode: 0o104755 },
      { name: 's', type: 'symlink', target: 'f', mode: 0o600 },
    ]);
    expect(tree.get('f')!.mode).toBe(0o104755);
    expect(tree.get('s')!.mode).toBe(0o120777);
  });

  it('of devices are in the form that the kernel has them in', async () => {
    const tree = await treeOf([{ name: 'n', type: 'block', major: 259, minor: 0x12345 }]);
    expect(tree.get('n')).toMatchObject({ mode: 0o060644, rdev: (0x123 << 20) | (259 << 8) | 0x45 });
  });
});

describe('the prefetch landmark', () => {
  it('says how much of the blob is wanted first', async () => {
    const index = await indexOf([text('a', 'a'.repeat(999)), text('b')], { prioritized: ['b'] });
    const b = describeLayer(index).get('b')!.content!;
    const a = describeLayer(index).get('a')!.content!;
    const { chunkStart } = index.contents;
    expect(index.chunks.blobEnd[chunkStart[b]!]).toBe(index.prefetchEnd);
    expect(index.chunks.blobOffset[chunkStart[a]!]).toBeGreaterThan(index.prefetchEnd);
  });

  it('is 0 where there is none', async () => {
    expect((await indexOf([text('a')])).prefetchEnd).toBe(0);
  });
});
