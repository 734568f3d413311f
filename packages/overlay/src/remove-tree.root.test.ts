import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMounts, MountFlag, mknod, mount, NodeType, unmount } from '@sluice/linux';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nestDeeply } from '../test/nest-deeply.ts';
import { removeTree } from './remove-tree.ts';

const swapperPath = fileURLToPath(new URL('../test/swap-directories.ts', import.meta.url));

let dir = '';
let top = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-remove-'));
  top = join(dir, 'top');
  mkdirSync(join(top, 'fs'), { recursive: true });
});
afterEach(() => execFileSync('rm', ['-rf', '--one-file-system', dir]));

describe('removeTree', () => {
  it('removes everything of every type and every mode', async () => {
    mkdirSync(join(top, 'fs/a/b/c'), { recursive: true });
    mkdirSync(join(top, 'work/work'), { recursive: true });
    writeFileSync(join(top, 'fs/a/file'), 'x');
    linkSync(join(top, 'fs/a/file'), join(top, 'fs/a/b/link'));
    symlinkSync('/', join(top, 'fs/root'));
    mknod(join(top, 'fs/whiteout'), NodeType.CHARACTER);
    chmodSync(join(top, 'work/work'), 0);
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('does not mind that there is nothing', async () => {
    await removeTree(join(dir, 'missing'));
  });

  it('leaves what symbolic links point to', async () => {
    mkdirSync(join(dir, 'outside'));
    writeFileSync(join(dir, 'outside/file'), 'x');
    symlinkSync(join(dir, 'outside'), join(top, 'fs/link'));
    await removeTree(top);
    expect(existsSync(join(dir, 'outside/file'))).toBe(true);
  });

  it('removes names that are not UTF-8, and the longest', async () => {
    const weird = Buffer.concat([Buffer.from(`${top}/fs/`), Buffer.from([0xff, 0xfe, 0x0a])]);
    mkdirSync(weird);
    writeFileSync(Buffer.concat([weird, Buffer.from([0x2f, 0x80])]), '');
    mkdirSync(join(top, 'fs', 'n'.repeat(255), 'm'.repeat(255)), { recursive: true });
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('removes directories nested deeper than a path can name', async () => {
    nestDeeply(join(top, 'fs'), { levels: 120, nameBytes: 100 });
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('removes directories with more entries than it reads at once', async () => {
    for (let i = 0; i < 1000; i += 1) {
      if (i % 2 === 0) writeFileSync(join(top, `fs/file-${i}`), '');
      else mkdirSync(join(top, `fs/dir-${i}/below`), { recursive: true });
    }
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('removes what is added while it works', async () => {
    for (let i = 0; i < 300; i += 1) mkdirSync(join(top, `fs/a/${i}`), { recursive: true });
    let added = 0;
    const add = setInterval(() => {
      added += 1;
      if (added <= 20 && existsSync(join(top, 'fs/a'))) writeFileSync(join(top, `fs/a/new-${added}`), '');
    }, 1);
    await removeTree(top).finally(() => clearInterval(add));
    expect(readdirSync(dir)).toEqual([]);
  });

  it('never leaves the tree, though a process within turns directories into links to elsewhere', async () => {
    mkdirSync(join(dir, 'outside'));
    for (let i = 0; i < 200; i += 1) writeFileSync(join(dir, `outside/${i}`), '');
    // Removing by path was led astray in every third round.
    for (let round = 0; round < 6; round += 1) {
      mkdirSync(join(top, 'fs/a'), { recursive: true });
      const swapper = spawn(process.execPath, [swapperPath, join(dir, 'outside')], {
        cwd: join(top, 'fs/a'),
      });
      const ended = once(swapper, 'exit');
      await once(swapper.stdout, 'data');
      await removeTree(top);
      await ended;
      await removeTree(top);
      expect(readdirSync(dir)).toEqual(['outside']);
    }
    expect(readdirSync(join(dir, 'outside'))).toHaveLength(200);
  });

  it.each(['fs', 'fs/deep/below'])('does not enter a mount at %j', async (at) => {
    const target = join(top, at);
    mkdirSync(target, { recursive: true });
    mount({ source: 'none', target, type: 'tmpfs' });
    try {
      writeFileSync(join(target, 'kept'), '');
      mkdirSync(join(target, 'kept-too'));
      await expect(removeTree(top)).rejects.toMatchObject({ code: 'MOUNTED' });
      expect(readdirSync(findMounts({ below: top })[0]?.mountPoint ?? '').sort()).toEqual([
        'kept',
        'kept-too',
      ]);
    } finally {
      // The way to a mount point may have been moved up already.
      for (const { mountPoint } of findMounts({ below: top })) unmount(mountPoint);
    }
  });

  it('does not enter a bind mount of the same file system', async () => {
    mkdirSync(join(dir, 'outside'));
    mkdirSync(join(top, 'fs/mnt'));
    writeFileSync(join(dir, 'outside/kept'), '');
    mount({ source: join(dir, 'outside'), target: join(top, 'fs/mnt'), flags: MountFlag.BIND });
    try {
      await expect(removeTree(top)).rejects.toThrow(/is a mount point: unmount it/);
    } finally {
      for (const { mountPoint } of findMounts({ below: top })) unmount(mountPoint);
    }
    expect(readdirSync(join(dir, 'outside'))).toEqual(['kept']);
    await removeTree(top);
    expect(existsSync(top)).toBe(false);
  });

  it('says of an immutable file how to mend it, and can go on afterwards', async () => {
    const file = join(top, 'fs/immutable');
    writeFileSync(file, '');
    execFileSync('chattr', ['+i', file]);
    const error = await removeTree(top).catch((thrown: unknown) => thrown);
    execFileSync('chattr', ['-R', '-i', top]);
    expect(error).toMatchObject({ name: 'OverlayError', code: 'IO', cause: { code: 'EPERM' } });
    expect(String(error)).toMatch(/immutable.*chattr -ia/);
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('stops when it is aborted, and can go on afterwards', async () => {
    for (let i = 0; i < 300; i += 1) mkdirSync(join(top, `fs/${i}/a`), { recursive: true });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 2);
    await expect(removeTree(top, controller.signal)).rejects.toThrow('enough');
    expect(existsSync(top)).toBe(true);
    await removeTree(top);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('runs twice at once on one directory', async () => {
    for (let i = 0; i < 200; i += 1) mkdirSync(join(top, `fs/${i}/a/b`), { recursive: true });
    await Promise.all([removeTree(top), removeTree(top), removeTree(top)]);
    expect(readdirSync(dir)).toEqual([]);
  });
});
