import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, mount, unmount } from '@sluice/linux';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isMountPoint } from './is-mount-point.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-mount-point-'));
  mkdirSync(join(dir, 'fs'));
});
afterEach(() => {
  for (const { mountPoint } of findMounts({ below: dir }).reverse()) unmount(mountPoint, { detach: true });
  rmSync(dir, { recursive: true });
});

it('sees no mount in a directory, nor in one that is missing', () => {
  expect([isMountPoint(join(dir, 'fs')), isMountPoint(join(dir, 'none'))]).toEqual([false, false]);
});

it('sees a mount', () => {
  mount({ source: 'layer', target: join(dir, 'fs'), type: 'tmpfs' });
  expect(isMountPoint(join(dir, 'fs'))).toBe(true);
});

it('sees a FUSE mount whose server is gone', () => {
  const device = openSync('/dev/fuse', 'r+');
  const data = `fd=${device},rootmode=40000,user_id=0,group_id=0`;
  mount({ source: 'layer', target: join(dir, 'fs'), type: 'fuse', data });
  closeSync(device);
  expect(isMountPoint(join(dir, 'fs'))).toBe(true);
});
