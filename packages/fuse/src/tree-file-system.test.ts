import { Errno } from '@sluice/linux';
import { buildTree, dir, file, type TreeNode } from '@sluice/testkit/fuse';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTreeFileSystem } from './tree-file-system.ts';

const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .filter((bytes) => !bytes.includes(0) && !bytes.includes(47));

function flat(names: readonly Uint8Array[]): TreeNode & { type: 'dir' } {
  const children = new Map<string | Uint8Array, TreeNode>();
  for (const each of new Map(names.map((bytes) => [Buffer.from(bytes).toString('latin1'), bytes])).values())
    children.set(each, { type: 'fifo' });
  return { type: 'dir', children };
}

describe('the tree file system', () => {
  it('finds every name that a directory has, and no other', () => {
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (names, others) => {
        const fs = createTreeFileSystem(buildTree(flat(names), '/nowhere').tree);
        const known = new Set(names.map((bytes) => Buffer.from(bytes).toString('latin1')));
        for (const bytes of names) expect(fs.lookup(1, bytes)).toBeGreaterThan(1);
        for (const bytes of others)
          expect(fs.lookup(1, bytes) > 0).toBe(known.has(Buffer.from(bytes).toString('latin1')));
        expect(fs.entryCount(1)).toBe(known.size + 2);
        for (let position = 2; position < known.size + 2; position++)
          expect(fs.lookup(1, fs.entryName(1, position))).toBe(fs.entryInode(1, position));
      }),
    );
  });

  it('answers wrong questions with the errors of a local file system', () => {
    const root = dir({
      f: file('x'),
      empty: file(''),
      l: { type: 'symlink', target: 'f' },
      p: { type: 'fifo' },
      d: dir({}),
    });
    const fs = createTreeFileSystem(buildTree(root, '/nowhere').tree);
    const at = (path: string) => fs.lookup(1, Buffer.from(path));
    expect(at('n'.repeat(256))).toBe(-Errno.ENAMETOOLONG);
    expect(fs.lookup(at('f'), Buffer.from('x'))).toBe(-Errno.ENOTDIR);
    expect(fs.entryCount(at('f'))).toBe(-Errno.ENOTDIR);
    expect(fs.readlink(at('f'))).toBe(-Errno.EINVAL);
    expect(fs.contentOf(at('d'))).toBe(-Errno.EISDIR);
    expect(fs.contentOf(at('p'))).toBe(-Errno.EINVAL);
    expect(fs.contentOf(at('empty'))).toBe(-1);
    expect(fs.contentOf(at('f'))).toBe(0);
    expect(Buffer.from(fs.readlink(at('l')) as Uint8Array).toString()).toBe('f');
    for (const inode of [0, 99, -1, 2 ** 40]) {
      expect(fs.lookup(inode, Buffer.from('f'))).toBe(-Errno.ESTALE);
      expect(fs.readlink(inode)).toBe(-Errno.ESTALE);
      expect(fs.entryCount(inode)).toBe(-Errno.ESTALE);
      expect(fs.contentOf(inode)).toBe(-Errno.ESTALE);
    }
  });

  it('gives attributes back whatever their names and values', () => {
    const value = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z.]{1,9}$/), value), (xattrs) => {
        const fs = createTreeFileSystem(buildTree(dir({ f: file('', { xattrs }) }), '/nowhere').tree);
        const inode = fs.lookup(1, Buffer.from('f'));
        for (const [key, bytes] of Object.entries(xattrs))
          expect(Buffer.from(fs.xattrs.get(inode, Buffer.from(key)) as Uint8Array)).toEqual(
            Buffer.from(bytes),
          );
        const list = Buffer.from(fs.xattrs.list(inode) as Uint8Array).toString();
        expect(list.split('\0').slice(0, -1).sort()).toEqual(Object.keys(xattrs).sort());
        expect(fs.xattrs.get(inode, Buffer.from('UPPER'))).toBe(-Errno.ENODATA);
      }),
    );
  });

  it('refuses any column that leads outside, before anybody asks', () => {
    const make = () =>
      buildTree(
        dir({ f: file('x'), l: { type: 'symlink', target: 'f' }, d: dir({ g: file('y') }) }),
        '/nowhere',
      ).tree;
    type Tree = ReturnType<typeof make>;
    const symlinkOf = (tree: Tree) =>
      [...tree.inodes.mode].findIndex((mode) => (mode & 0o170000) === 0o120000);
    const damages: [string, (tree: Tree) => void][] = [
      ['inode', (tree) => tree.entries.inode.fill(0, 0, 1)],
      ['inode', (tree) => tree.entries.inode.fill(tree.inodeCount + 1, 1, 2)],
      ['name', (tree) => tree.entries.nameOffset.fill(tree.names.length, 0, 1)],
      ['entries', (tree) => tree.inodes.count.fill(1000, 1, 2)],
      ['parent', (tree) => tree.inodes.parent.fill(0, 1, 2)],
      ['target', (tree) => tree.inodes.count.fill(5000, symlinkOf(tree), symlinkOf(tree) + 1)],
      ['directory', (tree) => tree.inodes.mode.fill(0o100644, 1, 2)],
    ];
    for (const [word, damage] of damages) {
      const tree = make();
      damage(tree);
      expect(() => createTreeFileSystem(tree), word).toThrow(
        expect.objectContaining({ code: 'BAD_SOURCE', message: expect.stringContaining(word) }),
      );
    }
  });

  it('never reads outside a damaged list of attributes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(70), (list, start) => {
        const tree = buildTree(dir({ f: file('') }), '/nowhere').tree;
        tree.inodes.xattrs[2] = start;
        const fs = createTreeFileSystem({ ...tree, xattrs: list });
        for (const answer of [fs.xattrs.list(2), fs.xattrs.get(2, Buffer.from('user.a'))])
          if (typeof answer === 'number') expect([-Errno.EIO, -Errno.ENODATA]).toContain(answer);
          else expect(answer.length).toBeLessThanOrEqual(list.length);
      }),
    );
  });
});
