import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inputHash } from './input-hash.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-input-hash-'));
  mkdirSync(join(directory, 'a', 'b'), { recursive: true });
  writeFileSync(join(directory, 'a', 'b', 'file'), 'text');
});
afterEach(() => rmSync(directory, { recursive: true }));

const hash = (path: string) => inputHash({ paths: [path], texts: ['argument'] });

test('is the same for the same inputs, wherever they lie', () => {
  cpSync(join(directory, 'a'), join(directory, 'elsewhere', 'a'), { recursive: true });
  expect(hash(join(directory, 'elsewhere', 'a'))).toBe(hash(join(directory, 'a')));
});

test('changes with contents, names and texts', () => {
  const at = join(directory, 'a');
  const hashes = [hash(at), inputHash({ paths: [at], texts: ['other'] })];
  writeFileSync(join(at, 'b', 'file'), 'texts');
  hashes.push(hash(at));
  renameSync(join(at, 'b', 'file'), join(at, 'b', 'renamed'));
  hashes.push(hash(at));
  expect(new Set(hashes).size).toBe(hashes.length);
});
