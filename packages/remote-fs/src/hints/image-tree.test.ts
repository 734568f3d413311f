import { describe, expect, it } from 'vitest';
import { makeHintedLayer } from '../../test/hints/make-hinted-layer.ts';
import { createImageTree, type TreeFile } from './image-tree.ts';

async function setUp() {
  const base = await makeHintedLayer({
    lib: '->usr/lib',
    'usr/lib/libc.so.6': 'c',
    'usr/lib/libz.so.1': '->libz.so.1.2',
    'usr/lib/libz.so.1.2': 'z',
    'usr/lib/loop': '->loop',
    'usr/share/text.txt': 'below',
  });
  const top = await makeHintedLayer({
    'usr/lib/python/enum.py': 'e',
    'usr/lib/python/enum.pyc': 'ec',
    'usr/lib/python/enumerate.py': 'other',
    'usr/share/text.txt': 'above',
    'opt/app': '->/usr/lib/python',
  });
  const tree = createImageTree();
  tree.add(base.layer);
  tree.add(top.layer);
  return { base, top, tree, root: tree.directory('')! };
}

const pathOf = (file: TreeFile | undefined) => file && `${file.directory.path}/${file.name}`;

describe('createImageTree', () => {
  it('finds files of all layers, the upper one first, through links', async () => {
    const { base, top, tree, root } = await setUp();
    expect(pathOf(tree.file('/lib/libz.so.1', root))).toBe('/usr/lib/libz.so.1.2');
    expect(tree.file('/lib/libc.so.6', root)?.layer).toBe(base.layer);
    expect(tree.file('usr/share/text.txt', root)?.layer).toBe(top.layer);
    expect(pathOf(tree.file('../python/enum.py', tree.directory('/usr/lib/python')!))).toBe(
      '/usr/lib/python/enum.py',
    );
    expect(tree.directory('/opt/app')).toBe(tree.directory('/usr/lib/python'));
  });

  it('finds nothing where there is nothing, a directory, or a link to itself', async () => {
    const { tree, root } = await setUp();
    for (const path of ['/nothing', '/usr/lib', '/usr/lib/loop', '/usr/lib/libc.so.6/x', '/../..']) {
      expect(tree.file(path, root)).toBeUndefined();
    }
    expect(tree.directory('/usr/lib/libc.so.6')).toBeUndefined();
  });

  it('finds the files of a stem, and all names by their stems', async () => {
    const { tree } = await setUp();
    const directory = tree.directory('/usr/lib/python')!;
    expect(tree.filesOfStem(directory, 'enum').map(({ name }) => name)).toEqual(['enum.py', 'enum.pyc']);
    expect(tree.filesOfStem(directory, 'enu')).toEqual([]);
    expect([...tree.names(tree.directory('/usr/lib')!).keys()].toSorted()).toEqual([
      'libc',
      'libz',
      'loop',
      'python',
    ]);
  });

  it('says where a content lies', async () => {
    const { top, tree } = await setUp();
    const content = top.contentOf('usr/lib/python/enum.pyc');
    expect(pathOf(tree.placeOf(top.layer, content))).toBe('/usr/lib/python/enum.pyc');
  });

  it('sees layers that are added later', async () => {
    const { tree } = await setUp();
    const later = await makeHintedLayer({ 'usr/lib/late.so': 'late' });
    tree.add(later.layer);
    expect(pathOf(tree.file('/lib/late.so', tree.directory('')!))).toBe('/usr/lib/late.so');
  });
});
