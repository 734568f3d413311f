import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listTree } from '../tree/list-tree.ts';

const root = mkdtempSync(join(tmpdir(), 'sluice-e2e-tree-'));
afterAll(() => rmSync(root, { recursive: true }));

test('the lists that trees are compared by have everything: kinds, links, times, contents and attributes', async () => {
  mkdirSync(join(root, 'directory'));
  writeFileSync(join(root, 'directory', 'z'), 'text');
  linkSync(join(root, 'directory', 'z'), join(root, 'file'));
  symlinkSync('file', join(root, 'link'));
  execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
  execFileSync('mkfifo', ['-m', '600', join(root, 'pipe')]);
  execFileSync('setfattr', ['-n', 'trusted.name', '-v', 'value', join(root, 'directory')]);
  utimesSync(join(root, 'file'), 1, 1);
  const entries = await listTree(root);
  expect(entries.map(({ path, type }) => [path, type])).toEqual([
    ['/', 'directory'],
    ['/directory', 'directory'],
    ['/directory/z', 'file'],
    ['/file', 'file'],
    ['/link', 'symlink'],
    ['/null', 'character'],
    ['/pipe', 'fifo'],
  ]);
  expect(entries[3]).toMatchObject({ links: 2, size: 4, mtimeNs: '1000000000', sameAs: '/directory/z' });
  expect(entries[2]!.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(entries[4]).toMatchObject({ target: 'file', size: 4 });
  expect(entries[1]!.attributes).toEqual({ 'trusted.name': `0x${Buffer.from('value').toString('hex')}` });
  expect(entries[5]!.device).toBe(259);
});
