import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, mount, unmount } from '@sluice/linux';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeLayer } from './remove-layer.ts';

let dir = '';
let layer = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-remove-layer-'));
  layer = join(dir, 'rm-1-0123456789ab');
  for (const name of ['fs', 'work']) mkdirSync(join(layer, name), { recursive: true });
});
afterEach(() => {
  for (const { mountPoint } of findMounts({ below: dir }).reverse()) unmount(mountPoint, { detach: true });
  rmSync(dir, { recursive: true });
});

it('removes an empty layer, one with content, one that is missing, and one in parts', async () => {
  await removeLayer(layer);
  expect(existsSync(layer)).toBe(false);
  await removeLayer(layer);
  mkdirSync(join(layer, 'fs/deep/er'), { recursive: true });
  writeFileSync(join(layer, 'fs/deep/file'), 'x');
  await removeLayer(layer);
  expect(existsSync(layer)).toBe(false);
});

it('removes symbolic links, and not what they lead to', async () => {
  const elsewhere = join(dir, 'elsewhere');
  mkdirSync(elsewhere);
  rmSync(join(layer, 'fs'), { recursive: true });
  symlinkSync(elsewhere, join(layer, 'fs'));
  symlinkSync(elsewhere, join(layer, 'work/link'));
  await removeLayer(layer);
  expect([existsSync(layer), existsSync(elsewhere)]).toEqual([false, true]);
});

it('leaves what is mounted in it alone', async () => {
  mount({ source: 'layer', target: join(layer, 'fs'), type: 'tmpfs' });
  await expect(removeLayer(layer)).rejects.toMatchObject({ code: 'MOUNTED' });
  expect(existsSync(join(layer, 'fs'))).toBe(true);
});
