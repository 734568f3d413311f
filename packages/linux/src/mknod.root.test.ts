import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDevice } from './device-number.ts';
import { mknod, NodeType } from './mknod.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-mknod-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('mknod', () => {
  it('makes a whiteout: a character device 0:0', () => {
    mknod(join(dir, 'whiteout'), NodeType.CHARACTER);
    const stats = lstatSync(join(dir, 'whiteout'));
    expect([stats.isCharacterDevice(), stats.rdev]).toEqual([true, 0]);
  });

  it('makes devices with large numbers', () => {
    const device = { major: 259, minor: 70_000 };
    mknod(join(dir, 'block'), NodeType.BLOCK | 0o640, device);
    const stats = lstatSync(join(dir, 'block'), { bigint: true });
    expect([stats.isBlockDevice(), stats.rdev, stats.mode & 0o777n]).toEqual([
      true,
      makeDevice(device),
      0o640n,
    ]);
  });

  it('makes fifos and sockets', () => {
    mknod(join(dir, 'fifo'), NodeType.FIFO | 0o600);
    mknod(join(dir, 'socket'), NodeType.SOCKET | 0o600);
    expect(lstatSync(join(dir, 'fifo')).isFIFO()).toBe(true);
    expect(lstatSync(join(dir, 'socket')).isSocket()).toBe(true);
  });

  it('replaces nothing', () => {
    mknod(join(dir, 'twice'), NodeType.FIFO);
    expect(() => mknod(join(dir, 'twice'), NodeType.FIFO)).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
  });
});
