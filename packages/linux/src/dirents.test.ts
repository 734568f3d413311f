import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DirentType, listDirents } from './dirents.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-dirents-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('listDirents', () => {
  it('lists names with the types that the file system stores, without . and ..', () => {
    const mixed = join(dir, 'mixed');
    mkdirSync(join(mixed, 'directory'), { recursive: true });
    writeFileSync(join(mixed, 'file'), '');
    symlinkSync('nowhere', join(mixed, 'link'));
    const found = listDirents(mixed).map(({ name, type }) => [name.toString(), type]);
    expect(found.sort()).toEqual([
      ['directory', DirentType.DIRECTORY],
      ['file', DirentType.REGULAR],
      ['link', DirentType.LINK],
    ]);
  });

  it('lists more entries than one call returns, with names of any length and bytes', () => {
    const names = Array.from({ length: 700 }, (_, i) =>
      Buffer.from(`\xff${i}-${'x'.repeat(i % 240)}`, 'latin1'),
    );
    const many = join(dir, 'many');
    mkdirSync(many);
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${many}/`), name]), '');
    const found = listDirents(many).map(({ name }) => name.toString('latin1'));
    expect(found.sort()).toEqual(names.map((name) => name.toString('latin1')).sort());
  });

  it('fails on what is no directory', () => {
    writeFileSync(join(dir, 'plain'), '');
    expect(() => listDirents(join(dir, 'plain'))).toThrow(/ENOTDIR/);
    expect(() => listDirents(join(dir, 'missing'))).toThrow(/ENOENT/);
  });
});
