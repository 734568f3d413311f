import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftMounts } from '../steps/leftovers.ts';
import { createFreshDisk } from './fresh-disk.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
});
afterEach(() => {
  rmSync(place, { recursive: true });
});

const EXT4_SUPER_MAGIC = 0xef53;

describe('createFreshDisk', () => {
  it('mounts an empty ext4, and takes all of it away', () => {
    {
      using disk = createFreshDisk(join(place, 's1'));
      expect(statfsSync(disk.directory).type).toBe(EXT4_SUPER_MAGIC);
      expect(readdirSync(disk.directory)).toEqual(['lost+found']);
      writeFileSync(join(disk.directory, 'file'), 'of a start');
    }
    expect(readdirSync(place)).toEqual([]);
    expect(leftMounts(place)).toEqual([]);
  });

  it('takes away what a start has left mounted in it', () => {
    {
      using disk = createFreshDisk(join(place, 's1'));
      const inner = join(disk.directory, 'inner');
      mkdirSync(inner);
      expect(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', inner]).status).toBe(0);
    }
    expect(leftMounts(place)).toEqual([]);
    expect(existsSync(join(place, 's1'))).toBe(false);
  });

  it('says what it cannot make', () => {
    mkdirSync(join(place, 's1'));
    expect(() => createFreshDisk(join(place, 's1'))).toThrow('EEXIST');
  });
});
