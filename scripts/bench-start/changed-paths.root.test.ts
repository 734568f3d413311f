import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changedPaths } from './changed-paths.ts';

let directory: string;
const base = () => join(directory, 'base');
const full = () => join(directory, 'full');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-changed-paths-'));
  mkdirSync(join(base(), 'etc', 'deep'), { recursive: true });
  mkdirSync(join(base(), 'usr'));
  writeFileSync(join(base(), 'etc', 'deep', 'file'), 'old');
  writeFileSync(join(base(), 'usr', 'tool'), 'tool');
  symlinkSync('tool', join(base(), 'usr', 'link'));
  cpSync(base(), full(), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

it('finds nothing in a tree that is the same, whatever its times', () => {
  utimesSync(join(full(), 'usr', 'tool'), 1, 1);
  expect(changedPaths(base(), full())).toEqual([]);
});

it('finds new files and the directories above them, in the order in which tar has to read them', () => {
  mkdirSync(join(full(), 'usr', 'lib'));
  writeFileSync(join(full(), 'usr', 'lib', 'new'), '');
  expect(changedPaths(base(), full())).toEqual(['usr', 'usr/lib', 'usr/lib/new']);
});

it('finds a file of the same size and time with other content', () => {
  const file = join(full(), 'etc', 'deep', 'file');
  const { atime, mtime } = lstatSync(file);
  writeFileSync(file, 'new');
  utimesSync(file, atime, mtime);
  expect(changedPaths(base(), full())).toEqual(['etc', 'etc/deep', 'etc/deep/file']);
});

it.each([
  [
    'a link elsewhere',
    () => {
      rmSync(join(full(), 'usr', 'link'));
      symlinkSync('x', join(full(), 'usr', 'link'));
    },
    ['usr', 'usr/link'],
  ],
  ['another mode', () => chmodSync(join(full(), 'usr', 'tool'), 0o4755), ['usr', 'usr/tool']],
  ['another owner', () => chownSync(join(full(), 'etc', 'deep'), 33, 33), ['etc', 'etc/deep']],
])('finds %s', (_, change, paths) => {
  change();
  expect(changedPaths(base(), full())).toEqual(paths);
});

it('finds what is enough to make the one of the other', () => {
  mkdirSync(join(full(), 'opt', 'app'), { recursive: true });
  writeFileSync(join(full(), 'opt', 'app', 'main'), 'main', { mode: 0o755 });
  symlinkSync('/opt/app/main', join(full(), 'usr', 'main'));
  writeFileSync(join(full(), 'usr', 'tool'), 'other tool');
  const list = changedPaths(base(), full()).join('\n');
  const tar = execFileSync('tar', ['-C', full(), '--no-recursion', '-c', '-T', '-'], { input: list });
  execFileSync('tar', ['-C', base(), '-xp'], { input: tar });
  expect(changedPaths(base(), full())).toEqual([]);
  expect(changedPaths(full(), base())).toEqual([]);
});
