import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { diagnoseStore } from './diagnose-store.ts';

const record = (id: number, parent = '', rest: Partial<SnapshotRecord> = {}): SnapshotRecord => ({
  id,
  name: `s${id}`,
  parent,
  kind: 'committed',
  labels: {},
  createdNs: 1n,
  updatedNs: 1n,
  remote: false,
  ...rest,
});
const diagnose = (records: readonly SnapshotRecord[], ids: readonly number[], orphans: string[] = []) =>
  diagnoseStore(records, { ids: new Set(ids), orphans });

describe('diagnoseStore', () => {
  test('finds nothing wrong with a store that is whole', () => {
    const records = [record(1), record(2, 's1', { remote: true }), record(3, 's2', { kind: 'active' })];
    expect(diagnose(records, [1, 2, 3])).toEqual({
      usable: ['s1', 's2', 's3'],
      remade: [],
      lost: [],
      unowned: [],
      leftovers: [],
    });
  });

  test('calls a committed snapshot without its directory lost, and all that stands on it', () => {
    const records = [record(3, 's2', { kind: 'active' }), record(1), record(2, 's1'), record(4)];
    expect(diagnose(records, [2, 3, 4])).toMatchObject({
      usable: ['s4'],
      lost: [
        { name: 's1', why: 'content', because: 's1' },
        { name: 's2', why: 'below', because: 's1' },
        { name: 's3', why: 'below', because: 's1' },
      ],
    });
  });

  test('calls a snapshot lost whose parent is not known any more', () => {
    expect(diagnose([record(2, 's1'), record(3, 's2')], [1, 2, 3])).toMatchObject({
      usable: [],
      lost: [
        { name: 's2', why: 'parent', because: 's1' },
        { name: 's3', why: 'below', because: 's1' },
      ],
      unowned: [1],
    });
  });

  test('knows that lazily mounted layers need no directory, and containers get an empty one', () => {
    const records = [record(1, '', { remote: true }), record(2, 's1', { kind: 'view' })];
    expect(diagnose(records, [])).toMatchObject({ usable: ['s1'], remade: ['s2'], lost: [] });
  });

  test('names directories that nobody owns', () => {
    const { unowned, leftovers } = diagnose([record(5)], [9, 5, 7], ['new-0123456789ab']);
    expect([unowned, leftovers]).toEqual([[7, 9], ['new-0123456789ab']]);
  });

  test('takes chains of any length, and circles', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => record(i + 1, i === 0 ? '' : `s${i}`));
    expect(diagnose(chain.toReversed(), []).lost).toHaveLength(20_000);
    expect(diagnose([record(1, 's2'), record(2, 's1')], [1, 2]).lost).toHaveLength(2);
  });

  test('says one thing of every snapshot, and calls only that usable whose ancestors all are', () => {
    const stores = fc.array(
      fc.record({
        parent: fc.nat(12),
        remote: fc.boolean(),
        hasDir: fc.boolean(),
        isActive: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(stores, (all) => {
        const records = all.map(({ parent, remote, isActive }, i) =>
          record(i + 1, parent === 0 ? '' : `s${parent}`, {
            remote: remote && !isActive,
            kind: isActive ? 'active' : 'committed',
          }),
        );
        const ids = all.flatMap(({ hasDir }, i) => (hasDir ? [i + 1] : []));
        const { usable, remade, lost } = diagnose(records, ids);
        const said = [...usable, ...remade, ...lost.map(({ name }) => name)];
        expect(said.sort()).toEqual(records.map(({ name }) => name).sort());
        const good = new Set([...usable, ...remade]);
        for (const { name, parent } of records) {
          if (good.has(name)) expect(parent === '' || good.has(parent)).toBe(true);
        }
      }),
    );
  });
});
