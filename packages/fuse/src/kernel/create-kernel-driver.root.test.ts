import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getXattr, listXattrs, mountAt, mount as mountRaw, unmount } from '@sluice/linux';
import { buildTree, type ContentFiller, createContentFiller, type TreeNode } from '@sluice/testkit/fuse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FuseDriver, FuseMount } from '../fuse-driver.ts';
import { createKernelDriver } from './create-kernel-driver.ts';

const run = promisify(execFile);
const quiet = { debug() {}, error() {} };

type Dir = TreeNode & { type: 'dir' };
const dir = (children: Record<string, TreeNode>, attributes: object = {}): Dir => ({
  type: 'dir',
  children: new Map(Object.entries(children)),
  ...attributes,
});
const file = (bytes: string | Uint8Array, attributes: object = {}): TreeNode => ({
  type: 'file',
  bytes: Buffer.from(bytes as string),
  ...attributes,
});

describe('the kernel driver', () => {
  let base: string;
  let mountpoint: string;
  let driver: FuseDriver;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'sluice-fuse-'));
    mountpoint = join(base, 'mnt');
    await mkdir(mountpoint);
    driver = createKernelDriver({ logger: quiet });
  });

  afterEach(async () => {
    await driver.close();
    await rm(base, { recursive: true });
  });

  async function serve(root: Dir): Promise<{ mount: FuseMount; filler: ContentFiller }> {
    const built = buildTree(root, join(base, 'content'));
    const filler = createContentFiller(built);
    const mount = await driver.mount(mountpoint, {
      tree: built.tree,
      content: built.content,
      fill: filler.fill,
    });
    return { mount, filler };
  }

  const at = (...path: string[]) => join(mountpoint, ...path);

  it('shows names, types and every attribute', async () => {
    await serve(
      dir({
        f: file('hello', {
          mode: 0o4755,
          uid: 1000,
          gid: 70_000,
          mtimeSec: 1_700_000_000,
          mtimeNsec: 123_456_789,
        }),
        link: { type: 'symlink', target: 'f' },
        null: { type: 'char', major: 1, minor: 3, mode: 0o666 },
        disk: { type: 'block', major: 259, minor: 70_000 },
        pipe: { type: 'fifo' },
        old: file('', { mtimeSec: -5 }),
        sub: dir({ deeper: dir({}) }, { mode: 0o1777 }),
      }),
    );
    expect((await readdir(mountpoint)).sort()).toEqual(['disk', 'f', 'link', 'null', 'old', 'pipe', 'sub']);
    const f = await lstat(at('f'), { bigint: true });
    expect({
      mode: f.mode,
      uid: f.uid,
      gid: f.gid,
      size: f.size,
      nlink: f.nlink,
      mtimeNs: f.mtimeNs,
    }).toEqual({
      mode: 0o104755n,
      uid: 1000n,
      gid: 70_000n,
      size: 5n,
      nlink: 1n,
      mtimeNs: 1_700_000_000_123_456_789n,
    });
    expect((await lstat(at('old'), { bigint: true })).mtimeNs).toBe(-5_000_000_000n);
    expect(await readlink(at('link'))).toBe('f');
    expect((await stat(at('null'))).rdev).toBe((1 << 8) | 3);
    expect(execFileSync('stat', ['-c', '%F %t %T', at('disk')], { encoding: 'utf8' }).trim()).toBe(
      'block special file 103 11170',
    );
    expect((await lstat(at('pipe'))).isFIFO()).toBe(true);
    expect((await lstat(at('sub'))).nlink).toBe(3);
    expect((await lstat(at('sub'))).mode).toBe(0o041777);
    await expect(lstat(at('missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives the links of one file one inode number', async () => {
    const shared = file('same');
    await serve(dir({ a: shared, b: shared, c: file('same') }));
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => lstat(at(name))));
    expect(a!.ino).toBe(b!.ino);
    expect(a!.nlink).toBe(2);
    expect(c!.ino).not.toBe(a!.ino);
  });

  it('reads what a fill brings, and asks for no chunk twice', async () => {
    const bytes = Buffer.alloc(3 << 20);
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
    const { filler } = await serve(
      dir({ big: file(bytes, { chunkOffsets: [0, 1 << 20, 2 << 20] }), empty: file('') }),
    );
    expect(Buffer.compare(await readFile(at('big')), bytes)).toBe(0);
    const calls = filler.calls.length;
    await run('sh', [
      '-c',
      `echo 1 > /dev/null; dd if=${at('big')} of=/dev/null bs=4k iflag=nocache status=none`,
    ]);
    expect(filler.calls.length).toBe(calls);
    expect(await readFile(at('empty'), 'utf8')).toBe('');
  });

  it('reads complete contents without asking for them', async () => {
    const built = buildTree(dir({ f: file('already here') }), join(base, 'content'));
    const filler = createContentFiller(built);
    const [digest] = built.digests;
    await mkdir(join(base, 'content', digest!.slice(0, 2)), { recursive: true });
    await writeFile(join(base, 'content', digest!.slice(0, 2), digest!), 'already here');
    await driver.mount(mountpoint, { ...built, fill: filler.fill });
    expect(await readFile(at('f'), 'utf8')).toBe('already here');
    expect(filler.calls).toEqual([]);
  });

  it('answers EIO when a fill fails, and reads right when a later one succeeds', async () => {
    const { filler } = await serve(dir({ f: file('worth waiting for') }));
    filler.before = async () => {
      throw new Error('the registry is gone');
    };
    await expect(readFile(at('f'))).rejects.toMatchObject({ code: 'EIO' });
    filler.before = async () => {};
    expect(await readFile(at('f'), 'utf8')).toBe('worth waiting for');
  });

  it('lets a reader that waits for a fill be killed at once', async () => {
    const { filler } = await serve(dir({ f: file('never') }));
    const asked = Promise.withResolvers<void>();
    filler.before = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const reader = spawn('cat', [at('f')]);
    const ended = new Promise((resolve) => reader.once('exit', (_, signal) => resolve(signal)));
    await asked.promise;
    reader.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
  });

  it('tells a fill that its reader is gone, where the kernel says so', async () => {
    const { filler } = await serve(dir({ f: file('never') }));
    const asked = Promise.withResolvers<AbortSignal>();
    filler.before = (signal) => {
      asked.resolve(signal);
      return new Promise(() => {});
    };
    // Reads through the page cache are the kernel's own, and outlive the process; direct ones do not.
    const reader = spawn('dd', [`if=${at('f')}`, 'of=/dev/null', 'iflag=direct', 'bs=4096'], {
      stdio: 'ignore',
    });
    const signal = await asked.promise;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    reader.kill('SIGKILL');
    await aborted;
  });

  it('keeps answering metadata and local reads while the main thread is busy', async () => {
    await serve(dir({ f: file('local'), sub: dir({ g: file('x') }) }));
    await readFile(at('f'));
    const script = `for i in 1 2 3 4 5; do stat ${at('sub', 'g')} ${at('nothing')} ; cat ${at('f')}; ls -lR ${mountpoint}; done; date +%s%N > ${base}/end`;
    const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const busyUntil = Date.now() + 3000;
    while (Date.now() < busyUntil);
    await ended;
    const childEndMs = Number(BigInt((await readFile(join(base, 'end'), 'utf8')).trim()) / 1_000_000n);
    expect(childEndMs).toBeLessThan(busyUntil);
  });

  it('lists a directory of 100,000 entries completely and exactly once', async () => {
    const children: Record<string, TreeNode> = {};
    for (let i = 0; i < 100_000; i++) children[`entry-${i}`] = { type: 'fifo' };
    await serve(dir({ many: dir(children) }));
    const { stdout } = await run('sh', [
      '-c',
      `ls -U ${at('many')} | sort | uniq | wc -l; ls -fa ${at('many')} | wc -l`,
    ]);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['100000', '100002']);
  });

  it('serves names that are not UTF-8, long names and deep paths', async () => {
    const odd = Buffer.from([0x66, 0xff, 0xfe]);
    let deep: Dir = dir({ leaf: file('end') });
    for (let level = 0; level < 40; level++) deep = dir({ [`level-${level}`]: deep });
    const root: Dir = {
      type: 'dir',
      children: new Map<string | Uint8Array, TreeNode>([
        [odd, file('odd')],
        ['n'.repeat(255), file('long')],
        ['deep', deep],
      ]),
    };
    await serve(root);
    expect(await readFile(Buffer.concat([Buffer.from(`${mountpoint}/`), odd]), 'utf8')).toBe('odd');
    expect(await readFile(at('n'.repeat(255)), 'utf8')).toBe('long');
    const levels = Array.from({ length: 40 }, (_, i) => `level-${39 - i}`);
    expect(await readFile(at('deep', ...levels, 'leaf'), 'utf8')).toBe('end');
    expect(await readdir(mountpoint, { encoding: 'buffer' })).toContainEqual(odd);
  });

  it('lists and reads extended attributes, up to 64 KiB', async () => {
    const value = Buffer.alloc(65_536, 7);
    await serve(
      dir({
        f: file('', {
          xattrs: { 'user.big': value, 'user.empty': Buffer.alloc(0), 'trusted.x': Buffer.from('y') },
        }),
      }),
    );
    expect(listXattrs(at('f')).sort()).toEqual(['trusted.x', 'user.big', 'user.empty']);
    expect(Buffer.compare(getXattr(at('f'), 'user.big')!, value)).toBe(0);
    expect(getXattr(at('f'), 'user.empty')).toEqual(Buffer.alloc(0));
    expect(getXattr(at('f'), 'user.missing')).toBeUndefined();
    expect(listXattrs(mountpoint)).toEqual([]);
  });

  it('is read-only', async () => {
    await serve(dir({ f: file('x') }));
    await expect(writeFile(at('new'), 'x')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(open(at('f'), 'r+')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(rm(at('f'))).rejects.toMatchObject({ code: 'EROFS' });
  });

  it('reads beyond 4 GiB', async () => {
    const size = 5 * 2 ** 30;
    const { filler } = await serve(
      dir({ huge: file('begin', { sizeBytes: size, chunkOffsets: [0, 1 << 20, size - 4096] }) }),
    );
    const reader = await open(at('huge'));
    // The filler writes what `bytes` has; a chunk behind it stays a hole that is never marked longer than it is.
    const { bytesRead } = await reader.read(Buffer.alloc(5), 0, 5, 0).catch(() => ({ bytesRead: -1 }));
    await reader.close();
    expect((await stat(at('huge'))).size).toBe(size);
    expect(bytesRead).toBe(-1);
    expect(filler.calls.every(({ offset, length }) => offset + length <= size)).toBe(true);
  });

  it('maps and executes files, set-uid bits honoured', async () => {
    const binary = await readFile('/bin/true');
    await serve(dir({ true: file(binary, { mode: 0o4755 }), data: file('mapped bytes') }));
    // Not started directly: the spawning thread waits for exec, and the fill would wait for the thread.
    await run('sh', ['-c', at('true')]);
    const { stdout } = await run('python3', [
      '-c',
      `import mmap;f=open('${at('data')}','rb');print(mmap.mmap(f.fileno(),0,prot=mmap.PROT_READ)[:6].decode())`,
    ]);
    expect(stdout.trim()).toBe('mapped');
    expect(mountAt(mountpoint)).toMatchObject({ type: 'fuse.sluice', source: 'sluice' });
  });

  it('answers statfs', async () => {
    await serve(dir({ f: file('x') }));
    expect((await statfs(mountpoint)).files).toBe(2);
  });

  it('serves as a lower of overlayfs: copy-up, whiteouts, opaque directories', async () => {
    await serve(
      dir({
        f: file('lower'),
        gone: { type: 'char', major: 0, minor: 0, mode: 0 },
        opaque: dir({ kept: file('kept') }, { xattrs: { 'trusted.overlay.opaque': Buffer.from('y') } }),
      }),
    );
    for (const name of ['below/opaque', 'upper', 'work', 'merged'])
      await mkdir(join(base, name), { recursive: true });
    for (const name of ['gone', 'opaque/hidden']) await writeFile(join(base, 'below', name), 'below');
    const merged = join(base, 'merged');
    const data = `lowerdir=${mountpoint}:${base}/below,upperdir=${base}/upper,workdir=${base}/work`;
    mountRaw({ source: 'overlay', target: merged, type: 'overlay', flags: 0, data });
    try {
      expect((await readdir(merged)).sort()).toEqual(['f', 'opaque']);
      expect(await readdir(join(merged, 'opaque'))).toEqual(['kept']);
      await writeFile(join(merged, 'f'), ' and upper', { flag: 'a' });
      expect(await readFile(join(merged, 'f'), 'utf8')).toBe('lower and upper');
    } finally {
      unmount(merged, { detach: true });
    }
    expect(await readFile(at('f'), 'utf8')).toBe('lower');
  });

  it('goes on serving open files after an unmount, and closes with the last of them', async () => {
    const { mount } = await serve(dir({ f: file('still there') }));
    const reader = await open(at('f'));
    await mount.unmount();
    expect(mountAt(mountpoint)).toBeUndefined();
    expect(await reader.readFile('utf8')).toBe('still there');
    await reader.close();
    await mount.closed;
  });

  it('notices an unmount by somebody else', async () => {
    const { mount } = await serve(dir({ f: file('x') }));
    unmount(mountpoint);
    await mount.closed;
    await mount.unmount();
  });

  it('serves many mounts by one thread, and counts what they are asked', async () => {
    const mounts: FuseMount[] = [];
    for (let i = 0; i < 20; i++) {
      const built = buildTree(dir({ f: file(`mount ${i}`) }), join(base, 'content'));
      const place = join(base, `m${i}`);
      await mkdir(place);
      mounts.push(await driver.mount(place, { ...built, fill: createContentFiller(built).fill }));
    }
    const read = await Promise.all(mounts.map(({ mountpoint: place }) => readFile(join(place, 'f'), 'utf8')));
    expect(read).toEqual(mounts.map((_, i) => `mount ${i}`));
    expect(mounts[3]!.stats()).toMatchObject({ misses: 1, readBytes: 'mount 3'.length, errors: 0 });
  });

  it('leaves no mount when it is closed, whoever uses one', async () => {
    await serve(dir({ f: file('x') }));
    const user = await open(mountpoint);
    await driver.close();
    expect(mountAt(mountpoint)).toBeUndefined();
    await user.close();
    await expect(driver.mount(mountpoint, buildTree(dir({}), base) as never)).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('refuses a mountpoint that is missing, and says what it needs', async () => {
    const built = buildTree(dir({}), base);
    const failed = driver.mount(join(base, 'missing'), { ...built, fill: async () => {} });
    await expect(failed).rejects.toMatchObject({
      code: 'MOUNT_FAILED',
      message: expect.stringContaining('missing'),
    });
  });

  it('refuses a tree that contradicts itself, and mounts nothing', async () => {
    const built = buildTree(dir({ f: file('x') }), base);
    built.tree.entries.inode[0] = 99;
    const failed = driver.mount(mountpoint, { ...built, fill: async () => {} });
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('inode 99') });
  });

  it('lets a process exit while mounts are served', async () => {
    const script = `
      import { createKernelDriver } from '@sluice/fuse';
      import { buildTree } from '@sluice/testkit/fuse';
      const driver = createKernelDriver({ logger: { debug() {}, error() {} } });
      await driver.mount(${JSON.stringify(mountpoint)}, { ...buildTree({ type: 'dir', children: new Map() }, '/nowhere'), fill: async () => {} });
      process.exit(7);`;
    const path = join(import.meta.dirname, `exit-${process.pid}.mts`);
    await writeFile(path, script);
    try {
      await expect(
        run(process.execPath, ['--conditions=source', path], { timeout: 10_000 }),
      ).rejects.toMatchObject({ code: 7 });
    } finally {
      await rm(path);
      unmount(mountpoint, { detach: true });
    }
  });
});
