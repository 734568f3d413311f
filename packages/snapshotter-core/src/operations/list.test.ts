import { collect, createMemorySnapshotter } from '@sluice/testkit/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFilters } from '../filter/parse-filters.ts';
import type { MetaStore } from '../ports/meta-store.ts';
import { TARGET_LABEL } from '../well-known-labels.ts';
import { toInfo } from './to-info.ts';

const TARGETS = ['x', 'y'];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A few snapshots with few labels, so that every filter has something to find and something to leave. */
async function fill(
  meta: MetaStore,
  kinds: readonly { isActive: boolean; parent: number; target: number }[],
) {
  await meta.write((tx) => {
    for (const [i, { isActive, parent, target }] of kinds.entries()) {
      const name = NAMES[i]!;
      const labels: Record<string, string> =
        target < TARGETS.length ? { [TARGET_LABEL]: TARGETS[target]! } : {};
      const below = parent < i && tx.get(NAMES[parent]!)?.kind === 'committed' ? NAMES[parent]! : '';
      const key = isActive ? name : `key ${name}`;
      tx.create({ name: key, parent: below, kind: 'active', labels, createdNs: 1n });
      if (isActive) continue;
      const usage = { sizeBytes: 0, inodes: 0 };
      tx.commit(key, { name, parent: below, labels, usage, remote: false, committedNs: 2n });
    }
  });
}

test('an index finds what a walk over all snapshots finds, in the same order', async () => {
  const kind = fc.record({ isActive: fc.boolean(), parent: fc.nat(5), target: fc.nat(2) });
  const name = fc.constantFrom(...NAMES, 'none');
  const selector = fc.oneof(
    fc.constantFrom(...TARGETS, 'none').map((target) => `labels."${TARGET_LABEL}"==${target}`),
    fc.oneof(name, fc.constant('')).map((parent) => `parent=="${parent}"`),
    name.map((it) => `name==${it}`),
    fc.constantFrom('kind==active', 'kind!=active', `labels."${TARGET_LABEL}"`, 'name!=a'),
  );
  const filters = fc.array(
    fc.array(selector, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    { minLength: 1, maxLength: 2 },
  );
  let indexed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(kind, { maxLength: NAMES.length }), filters, async (kinds, asked) => {
      await using memory = createMemorySnapshotter();
      const { meta, snapshotter } = memory;
      await fill(meta, kinds);
      const { matches, bounds } = parseFilters(asked);
      if (bounds) indexed++;
      const all = meta
        .read((tx) => tx.page(0, 100))
        .map((record) => toInfo({ infos: new WeakMap(), upperdirLabel: false, dirs: memory.dirs }, record));
      expect(await collect(snapshotter.list(asked))).toEqual(all.filter(matches));
    }),
    { numRuns: 500 },
  );
  expect(indexed).toBeGreaterThan(100);
});
