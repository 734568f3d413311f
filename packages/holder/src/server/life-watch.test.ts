import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLifeWatch, type LifeWatch } from './life-watch.ts';

let ended: (readonly [number, number])[];
let watch: LifeWatch;
beforeEach(() => {
  vi.useFakeTimers();
  ended = [];
  watch = createLifeWatch((pid, withinMs) => ended.push([pid, withinMs]));
});
afterEach(() => void vi.useRealTimers());

test('a process that has never given a sign is not watched', () => {
  vi.advanceTimersByTime(1_000_000);
  expect(ended).toEqual([]);
});

test('a process that goes on giving signs is left alone', () => {
  for (let beat = 0; beat < 20; beat++) {
    watch.beat(7, 1000);
    vi.advanceTimersByTime(1000);
  }
  expect(ended).toEqual([]);
});

test('a process that stops giving them is ended after its time, and no later than a quarter after it, once', () => {
  watch.beat(7, 1000);
  vi.advanceTimersByTime(1001);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(250);
  expect(ended).toEqual([[7, 1000]]);
  vi.advanceTimersByTime(10_000);
  expect(ended).toHaveLength(1);
});

test('another time counts from when it is said', () => {
  watch.beat(7, 1000);
  watch.beat(7, 8000);
  vi.advanceTimersByTime(8000);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(2001);
  expect(ended).toEqual([[7, 8000]]);
});

test.each([
  ['says that it gives no more', () => watch.beat(7, 0)],
  ['leaves', () => watch[Symbol.dispose]()],
])('a process that %s is left alone', (_, leave) => {
  watch.beat(7, 1000);
  vi.advanceTimersByTime(900);
  leave();
  vi.advanceTimersByTime(1_000_000);
  expect(ended).toEqual([]);
});

test('a machine that stands still takes no time of a process: what was missed meanwhile counts as one look', () => {
  watch.beat(7, 1000);
  // As Node does with a timer that is late: it runs once.
  vi.advanceTimersByTime(251);
  watch.beat(7, 1000);
  vi.advanceTimersByTime(999);
  expect(ended).toEqual([]);
});
