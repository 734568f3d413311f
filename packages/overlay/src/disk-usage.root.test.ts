import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mknod, mount, NodeType, unmount } from '@sluice/linux';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nestDeeply } from '../test/nest-deeply.ts';
import { diskUsage } from './disk-usage.ts';

let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-usage-'));
});
afterEach(() => execFileSync('rm', ['-rf', '--one-file-system', dir]));

/** What du(1) says, of bytes and of inodes. */
function du(path: string): unknown {
  const ask = (...options: string[]) =>
    Number(execFileSync('du', ['-s', '-x', ...options, path], { encoding: 'utf8' }).split('\t')[0]);
  return { sizeBytes: ask('--block-size=1'), inodes: ask('--inodes') };
}

describe('diskUsage', () => {
  it('of an empty directory is the directory itself', async () => {
    expect(await diskUsage(dir)).toEqual(du(dir));
    expect((await diskUsage(dir)).inodes).toBe(1);
  });

  it('counts files of all types as du does', async () => {
    mkdirSync(join(dir, 'a/b'), { recursive: true });
    writeFileSync(join(dir, 'a/file'), 'x'.repeat(10_000));
    writeFileSync(join(dir, 'a/b/empty'), '');
    symlinkSync('a'.repeat(100), join(dir, 'link'));
    mknod(join(dir, 'whiteout'), NodeType.CHARACTER);
    mknod(join(dir, 'fifo'), NodeType.FIFO);
    expect(await diskUsage(dir)).toEqual(du(dir));
  });

  it('counts blocks, not apparent sizes', async () => {
    writeFileSync(join(dir, 'sparse'), '');
    truncateSync(join(dir, 'sparse'), 10 ** 12);
    expect((await diskUsage(dir)).sizeBytes).toBeLessThan(100_000);
  });

  it('counts hard links once, also when some of them lie elsewhere', async () => {
    mkdirSync(join(dir, 'tree/below'), { recursive: true });
    writeFileSync(join(dir, 'tree/one'), 'x'.repeat(50_000));
    for (const name of ['tree/two', 'tree/below/three', 'outside'])
      linkSync(join(dir, 'tree/one'), join(dir, name));
    const usage = await diskUsage(join(dir, 'tree'));
    expect(usage).toEqual(du(join(dir, 'tree')));
    expect(usage.inodes).toBe(3);
  });

  it('agrees with du on random trees', async () => {
    const tree = fc.array(
      fc.tuple(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }), fc.nat({ max: 20_000 })),
    );
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        const top = mkdtempSync(join(dir, 'tree-'));
        files.forEach(([path, size], i) => {
          mkdirSync(join(top, ...path), { recursive: true });
          writeFileSync(join(top, ...path, `file-${i}`), Buffer.alloc(size, 1));
          if (i % 3 === 2) linkSync(join(top, ...path, `file-${i}`), join(top, `link-${i}`));
        });
        expect(await diskUsage(top)).toEqual(du(top));
      }),
      { numRuns: 15 },
    );
  });

  it('does not enter other file systems', async () => {
    mkdirSync(join(dir, 'mnt'));
    const before = await diskUsage(dir);
    mount({ source: 'none', target: join(dir, 'mnt'), type: 'tmpfs' });
    try {
      writeFileSync(join(dir, 'mnt/file'), 'x'.repeat(100_000));
      const after = await diskUsage(dir);
      expect(after.inodes).toBe(before.inodes - 1);
      expect(after.sizeBytes).toBeLessThanOrEqual(before.sizeBytes);
    } finally {
      unmount(join(dir, 'mnt'));
    }
  });

  it('does not follow symbolic links, to directories or into loops', async () => {
    symlinkSync('/usr', join(dir, 'usr'));
    symlinkSync('.', join(dir, 'loop'));
    expect((await diskUsage(dir)).inodes).toBe(3);
  });

  it('counts names that are not UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x80])]);
    mkdirSync(name);
    writeFileSync(Buffer.concat([name, Buffer.from([0x2f, 0xfe])]), 'x');
    expect((await diskUsage(dir)).inodes).toBe(3);
  });

  it('counts directories nested deeper than a path can name', async () => {
    const depth = nestDeeply(dir, { levels: 120, nameBytes: 100 });
    expect((await diskUsage(dir)).inodes).toBe(1 + depth);
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(60);
  });

  it('counts what is there while files come and go', async () => {
    for (let i = 0; i < 500; i += 1) writeFileSync(join(dir, `file-${i}`), '');
    const churn = setInterval(() => {
      for (let i = 0; i < 50; i += 1) renameSync(join(dir, `file-${i}`), join(dir, `file-${i}`));
      rmSync(join(dir, `file-${Math.floor(Math.random() * 400) + 100}`), { force: true });
    }, 1);
    try {
      for (let i = 0; i < 20; i += 1) expect((await diskUsage(dir)).inodes).toBeGreaterThan(100);
    } finally {
      clearInterval(churn);
    }
  });

  it('lets the event loop turn and stops in the middle when it is aborted', async () => {
    for (let i = 0; i < 40; i += 1) {
      mkdirSync(join(dir, `${i}`));
      for (let j = 0; j < 100; j += 1) writeFileSync(join(dir, `${i}`, `${j}`), '');
    }
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(diskUsage(dir, controller.signal)).rejects.toThrow('enough');
  });

  it('of a missing directory fails', async () => {
    await expect(diskUsage(join(dir, 'missing'))).rejects.toThrow(/ENOENT/);
  });
});
