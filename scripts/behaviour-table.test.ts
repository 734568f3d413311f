import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const workspace = join(import.meta.dirname, '..');
const architecture = readFileSync(join(workspace, 'ARCHITECTURE.md'), 'utf8');
const [, section = ''] = architecture.split('## What the snapshots API does here');
const rows = section
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1);

test('the behaviour table of ARCHITECTURE.md names places and tests that exist', () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    const [, where = '', name = '', file = ''] =
      /^\| .+ \| `([^`]+)` \| (.+) \(`([^`]+)`\) \|$/.exec(row) ?? [];
    expect(readFileSync(join(workspace, file), 'utf8').replaceAll("\\'", "'"), row).toContain(name);
    const [pkg, ...path] = where.split('/');
    const source = join(workspace, 'packages', pkg!, 'src', ...path);
    expect(existsSync(source) || existsSync(`${source}.ts`), row).toBe(true);
  }
});
