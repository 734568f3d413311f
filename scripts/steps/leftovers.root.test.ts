import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endLeftovers } from './end-leftovers.ts';
import { leftMounts } from './leftovers.ts';

test('finds mounts below a directory, innermost first, and takes them away', () => {
  const directory = mkdtempSync(join(tmpdir(), 'left overs-'));
  const [outer, inner] = [join(directory, 'outer'), join(directory, 'outer', 'in\nner')];
  mkdirSync(outer);
  mount(outer);
  mkdirSync(inner);
  mount(inner);

  expect(leftMounts(directory)).toEqual([inner, outer]);
  expect(leftMounts(directory.slice(0, -1))).toEqual([]);
  expect(endLeftovers('nobody', directory)).toEqual([`left mounted: ${inner}`, `left mounted: ${outer}`]);
  expect(leftMounts(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});

function mount(at: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'none', at], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}
