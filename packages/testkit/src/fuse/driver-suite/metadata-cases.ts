import { describe, expect, it } from 'vitest';
import type { TreeNode } from '../tree-node.ts';
import { dir, file } from './nodes.ts';
import type { SuiteContext } from './suite-context.ts';

export function metadataCases(context: SuiteContext): void {
  const { at } = context;
  const lstat = (...path: string[]) => context.client.call('lstat', at(...path));

  describe('attributes', () => {
    it('shows types, permissions, owners and sizes', async () => {
      await context.serve(
        dir({
          f: file('hello', { mode: 0o4755, uid: 1000, gid: 70_000, mtimeSec: 1_700_000_000 }),
          group: file('', { mode: 0o2711 }),
          pipe: { type: 'fifo' },
          sub: dir({ deeper: dir({}) }, { mode: 0o1777 }),
        }),
      );
      expect(await lstat('f')).toMatchObject({
        mode: 0o104755n,
        uid: 1000n,
        gid: 70_000n,
        size: 5n,
        nlink: 1n,
        mtimeNs: 1_700_000_000_000_000_000n,
      });
      expect((await lstat('group')).mode).toBe(0o102711n);
      expect((await lstat('pipe')).mode).toBe(0o010644n);
      expect(await lstat('sub')).toMatchObject({ mode: 0o041777n, nlink: 3n });
      await expect(lstat('missing')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(lstat('f', 'below')).rejects.toMatchObject({ code: 'ENOTDIR' });
    });

    context.it('nanoseconds', 'shows times to the nanosecond, before 1970 and after 2038', async () => {
      await context.serve(
        dir({
          exact: file('', { mtimeSec: 1_700_000_000, mtimeNsec: 123_456_789 }),
          old: file('', { mtimeSec: -5, mtimeNsec: 1 }),
          late: file('', { mtimeSec: 2 ** 33, mtimeNsec: 999_999_999 }),
        }),
      );
      expect((await lstat('exact')).mtimeNs).toBe(1_700_000_000_123_456_789n);
      expect((await lstat('old')).mtimeNs).toBe(-4_999_999_999n);
      expect((await lstat('late')).mtimeNs).toBe(2n ** 33n * 1_000_000_000n + 999_999_999n);
    });

    it('gives the links of one file one inode number, in listings too', async () => {
      const shared = file('same');
      await context.serve(dir({ a: shared, b: shared, c: file('same'), sub: dir({ d: shared }) }));
      const [a, b, c, d] = await Promise.all([lstat('a'), lstat('b'), lstat('c'), lstat('sub', 'd')]);
      expect([b!.ino, d!.ino, a!.nlink]).toEqual([a!.ino, a!.ino, 3n]);
      expect(c!.ino).not.toBe(a!.ino);
      const { head } = await context.client.call('walkDirectory', context.mountpoint);
      expect(head.find(({ name }) => name === 'b')?.ino).toBe(a!.ino);
    });

    it('keeps the numbers of device nodes', async () => {
      await context.serve(
        dir({
          zero: { type: 'char', major: 1, minor: 5, mode: 0o666 },
          disk: { type: 'block', major: 259, minor: 70_000 },
        }),
      );
      // A 32-bit st_rdev has the minor number's low byte first, then 12 bits of major, then the rest of it.
      const number = (major: number, minor: number) =>
        BigInt((minor & 0xff) | (major << 8)) + BigInt(minor & ~0xff) * 4096n;
      expect(await lstat('disk')).toMatchObject({ mode: 0o060644n, rdev: number(259, 70_000) });
      expect((await lstat('zero')).rdev).toBe(number(1, 5));
    });

    context.it('kernel', 'keeps device nodes usable', async () => {
      await context.serve(dir({ zero: { type: 'char', major: 1, minor: 5, mode: 0o666 } }));
      const fd = await context.client.call('open', at('zero'));
      expect(Buffer.from(await context.client.call('read', fd, 0, 4))).toEqual(Buffer.alloc(4));
      await context.client.call('close', fd);
    });
  });

  describe('names', () => {
    context.it('byte-names', 'may be any bytes', async () => {
      const odd = Buffer.from([0x66, 0xff, 0xfe, 0x0a, 0x22]);
      const children = new Map<string | Uint8Array, TreeNode>([[odd, file('odd')]]);
      await context.serve({ type: 'dir', children });
      const path = Buffer.concat([Buffer.from(`${context.mountpoint}/`), odd]);
      expect(Buffer.from(await context.client.call('readFile', path)).toString()).toBe('odd');
      const [listed] = await context.client.call('readdir', context.mountpoint);
      expect(Buffer.from(listed!)).toEqual(odd);
    });

    it('may have 255 bytes, and lie 40 levels deep', async () => {
      let deep = dir({ leaf: file('end') });
      for (let level = 0; level < 40; level++) deep = dir({ [`level-${level}`]: deep });
      const long = 'é'.repeat(127).concat('n');
      await context.serve(dir({ [long]: file('long'), deep, 'with\nnewline': file('odd') }));
      const levels = Array.from({ length: 40 }, (_, i) => `level-${39 - i}`);
      const read = async (...path: string[]) =>
        Buffer.from(await context.client.call('readFile', at(...path))).toString();
      expect(Buffer.byteLength(long)).toBe(255);
      expect(await read(long)).toBe('long');
      expect(await read('deep', ...levels, 'leaf')).toBe('end');
      expect(await read('with\nnewline')).toBe('odd');
      await expect(read(`${long}x`)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    });

    it('gives the targets of symbolic links as they are, and follows them', async () => {
      const long = `${'./'.repeat(1000)}f`;
      await context.serve(
        dir({
          f: file('found'),
          link: { type: 'symlink', target: 'f' },
          absolute: { type: 'symlink', target: '/no/such/place' },
          long: { type: 'symlink', target: long },
        }),
      );
      const target = async (name: string) =>
        Buffer.from(await context.client.call('readlink', at(name))).toString();
      expect(await Promise.all(['link', 'absolute', 'long'].map(target))).toEqual([
        'f',
        '/no/such/place',
        long,
      ]);
      expect((await lstat('long')).size).toBe(BigInt(long.length));
      expect(Buffer.from(await context.client.call('readFile', at('long'))).toString()).toBe('found');
    });
  });

  describe('extended attributes', () => {
    it('are listed and read', async () => {
      const xattrs = {
        'user.empty': Buffer.alloc(0),
        'user.a': Buffer.from('b'),
        'trusted.x': Buffer.from([0, 255]),
      };
      await context.serve(
        dir({ f: file('', { xattrs }), sub: dir({}, { xattrs: { 'user.d': Buffer.from('d') } }) }),
      );
      const get = (name: string, attribute: string) => context.client.call('getXattr', at(name), attribute);
      expect((await context.client.call('listXattrs', at('f'))).sort()).toEqual([
        'trusted.x',
        'user.a',
        'user.empty',
      ]);
      expect(await context.client.call('listXattrs', context.mountpoint)).toEqual([]);
      expect(Buffer.from((await get('f', 'trusted.x'))!)).toEqual(Buffer.from([0, 255]));
      expect((await get('f', 'user.empty'))!.length).toBe(0);
      expect(await get('f', 'user.missing')).toBeUndefined();
      expect(Buffer.from((await get('sub', 'user.d'))!).toString()).toBe('d');
    });

    it('may have 64 KiB', async () => {
      const value = Buffer.alloc(65_536, 'value ');
      await context.serve(dir({ f: file('', { xattrs: { 'user.big': value } }) }));
      expect(Buffer.from((await context.client.call('getXattr', at('f'), 'user.big'))!).equals(value)).toBe(
        true,
      );
    });
  });

  it('lists attributes by the hundred', async () => {
    const names = Array.from({ length: 250 }, (_, i) => `user.${'n'.repeat(230)}${i}`).sort();
    const xattrs = Object.fromEntries(names.map((name) => [name, Buffer.from('v')]));
    await context.serve(dir({ f: file('', { xattrs }) }));
    expect((await context.client.call('listXattrs', at('f'))).sort()).toEqual(names);
  });

  it('answers statfs with the number of inodes', async () => {
    await context.serve(dir({ f: file('x') }));
    expect((await context.client.call('statfs', context.mountpoint)).files).toBe(2);
  });

  it('is read-only', async () => {
    await context.serve(dir({ f: file('x') }));
    const { call } = context.client;
    const refused = { code: 'EROFS' };
    await expect(call('writeFile', at('new'), Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(call('writeFile', at('f'), Buffer.from('x'), 'r+')).rejects.toMatchObject(refused);
    await expect(call('unlink', at('f'))).rejects.toMatchObject(refused);
    await expect(call('setXattr', at('f'), 'user.a', Buffer.from('x'))).rejects.toMatchObject(refused);
  });
}
