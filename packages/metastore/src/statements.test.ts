import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';
import { prepareStatements } from './statements.ts';

test('finds targets and children by an index, not by a walk', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-statements-'));
  const database = openDatabase(join(dir, 'metadata.db'));
  try {
    const { byTarget, child, byName, chain, page, pageIds } = prepareStatements(database);
    const planOf = ({ source }: { source: string }, ...values: unknown[]) =>
      database
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${source}`)
        .all(...values)
        .map(({ detail }) => detail)
        .join('; ');
    for (const parent of [null, 1]) {
      expect(planOf(byTarget, 'sha256:a', parent)).toContain(
        'SEARCH s USING INDEX snapshots_by_target (target=? AND parent_id=?)',
      );
    }
    expect(planOf(child, 'a')).toContain('USING COVERING INDEX snapshots_by_parent');
    const walks = [planOf(byName, 'a'), planOf(chain, 'a'), planOf(child, 'a')];
    walks.push(planOf(page, 0, 100), planOf(pageIds, 0, 100));
    for (const plan of walks) expect(plan).not.toMatch(/\bSCAN (s|snapshots)\b/);
  } finally {
    database.close();
    rmSync(dir, { recursive: true });
  }
});
