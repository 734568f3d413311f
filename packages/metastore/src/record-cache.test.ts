import type { SnapshotRecord } from '@sluice/snapshotter-core';
import { expect, test } from 'vitest';
import { RecordCache } from './record-cache.ts';

/** Takes 1000 bytes, and two for each character of the name (3) and of the label's value. */
function record(id: number, valueLength = 0): SnapshotRecord {
  const labels = { l: 'v'.repeat(valueLength) };
  const times = { createdNs: 1n, updatedNs: 1n };
  return { id, name: `s${id}`, parent: '', kind: 'active', labels, ...times, remote: false };
}

test('has what is kept by name and by id, as the same object', () => {
  const cache = new RecordCache(10_000);
  const kept = cache.keep(record(1));
  expect(cache.get('s1')).toBe(kept);
  expect(cache.withId(1)).toBe(kept);
  expect([cache.get('s2'), cache.withId(2)]).toEqual([undefined, undefined]);
});

test('replaces a record by its successor', () => {
  const cache = new RecordCache(10_000);
  cache.keep(record(1));
  const next = cache.keep(record(1, 10));
  expect([cache.get('s1'), cache.withId(1)]).toEqual([next, next]);
});

test('lets go of what was not used for longest, by its size', () => {
  const cache = new RecordCache(3500);
  for (const id of [1, 2, 3]) cache.keep(record(id));
  cache.get('s1');
  cache.withId(2);
  cache.keep(record(4));
  expect([1, 2, 3, 4].map((id) => cache.withId(id)?.id)).toEqual([1, undefined, 3, 4]);
  cache.keep(record(5, 600));
  expect([1, 2, 3, 4, 5].map((id) => cache.get(`s${id}`)?.id)).toEqual([
    undefined,
    undefined,
    undefined,
    4,
    5,
  ]);
});

test('keeps nothing that is larger than all it may have', () => {
  const cache = new RecordCache(3500);
  cache.keep(record(1));
  cache.keep(record(2, 2000));
  expect([cache.withId(1), cache.withId(2)]).toEqual([undefined, undefined]);
  cache.keep(record(3));
  expect(cache.withId(3)?.id).toBe(3);
});

test('takes what only passes by where there is room, and pushes nothing out for it', () => {
  const cache = new RecordCache(2500);
  const passed = [1, 2, 3].map((id) => cache.keepIfRoom(record(id)));
  expect(passed.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect([1, 2, 3].map((id) => cache.withId(id))).toEqual([passed[0], passed[1], undefined]);
});

test('has nothing of what was deleted or cleared, and room for other records again', () => {
  const cache = new RecordCache(2500);
  cache.keep(record(1));
  cache.keep(record(2));
  cache.delete('s1');
  cache.delete('s1');
  expect([cache.get('s1'), cache.withId(1)]).toEqual([undefined, undefined]);
  cache.keepIfRoom(record(3));
  expect(cache.withId(3)?.id).toBe(3);
  cache.clear();
  expect([cache.withId(2), cache.get('s3')]).toEqual([undefined, undefined]);
  for (const id of [4, 5]) cache.keepIfRoom(record(id));
  expect([cache.withId(4)?.id, cache.withId(5)?.id]).toEqual([4, 5]);
});
