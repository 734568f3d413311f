import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { missingPackages } from './lab-tools.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-tools-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('needs all packages on a machine that has none of the programs', () => {
  expect(missingPackages([directory])).toEqual([
    'containerd',
    'runc',
    'docker-registry',
    'stargz-snapshotter',
  ]);
});

it('leaves out what the machine has, if it can be executed', () => {
  writeFileSync(join(directory, 'runc'), '', { mode: 0o755 });
  writeFileSync(join(directory, 'containerd'), '', { mode: 0o755 });
  writeFileSync(join(directory, 'docker-registry'), '', { mode: 0o644 });
  expect(missingPackages(['/no/such/directory', directory])).toEqual([
    'containerd',
    'docker-registry',
    'stargz-snapshotter',
  ]);
});
