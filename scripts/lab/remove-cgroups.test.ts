import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeCgroups } from './remove-cgroups.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-cgroups-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('removes a name with what is below it from every hierarchy, and nothing else', () => {
  const paths = ['run/container', 'memory/run/container/nested', 'memory/runner', 'unified/run'];
  for (const path of paths) mkdirSync(join(directory, path), { recursive: true });
  removeCgroups('run', directory);
  expect(['run', 'memory/run', 'unified/run'].filter((path) => existsSync(join(directory, path)))).toEqual(
    [],
  );
  expect(existsSync(join(directory, 'memory/runner'))).toBe(true);
});

it('does nothing where there are none', () => {
  removeCgroups('run', join(directory, 'no-such-directory'));
});
