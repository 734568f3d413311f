import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RenameFlag, renameat2 } from './renameat2.ts';

let dir = '';
let a = '';
let b = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-rename-'));
  [a, b] = [join(dir, 'a'), join(dir, 'b')];
  writeFileSync(a, 'a');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('renameat2', () => {
  it('renames where nothing is in the way', () => {
    renameat2(a, b, RenameFlag.NOREPLACE);
    expect([existsSync(a), readFileSync(b, 'utf8')]).toEqual([false, 'a']);
  });

  it('with NOREPLACE leaves both as they were when something is in the way', () => {
    writeFileSync(b, 'b');
    expect(() => renameat2(a, b, RenameFlag.NOREPLACE)).toThrow(
      `renameat2 "${a}" to "${b}": EEXIST (errno 17)`,
    );
    expect([readFileSync(a, 'utf8'), readFileSync(b, 'utf8')]).toEqual(['a', 'b']);
  });

  it('with EXCHANGE swaps a file and a directory', () => {
    mkdirSync(b);
    renameat2(a, b, RenameFlag.EXCHANGE);
    expect(readFileSync(b, 'utf8')).toBe('a');
    expect(() => readFileSync(a)).toThrow(/EISDIR/);
  });
});
