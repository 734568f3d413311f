import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/test-layer.ts';
import { createFetchScheduler } from './create-fetch-scheduler.ts';
import type { FetchPriority } from './fetch-priority.ts';
import type { FetchScheduler } from './fetch-scheduler.ts';

const never = new AbortController().signal;

/** A request, and whether its turn has come. */
function ask(scheduler: FetchScheduler, priority: FetchPriority, bytes = 1, signal = never) {
  const ticket = scheduler.request({ priority, bytes, linkBytes: bytes, signal });
  const asked = { ticket, granted: false };
  ticket.granted.then(
    () => {
      asked.granted = true;
    },
    () => {},
  );
  return asked;
}

const granted = (asked: readonly { granted: boolean }[]) => asked.filter((one) => one.granted).length;

describe('createFetchScheduler', () => {
  it('grants a few at one time, and the next when one is over', async () => {
    using scheduler = createFetchScheduler();
    const asked = Array.from({ length: 30 }, () => ask(scheduler, 'ahead'));
    await delay(0);
    const atOnce = granted(asked);
    expect(atOnce).toBeGreaterThan(0);
    expect(atOnce).toBeLessThan(30);
    asked[0]!.ticket[Symbol.dispose]();
    await delay(0);
    expect(granted(asked)).toBe(atOnce + 1);
    for (const { ticket } of asked) ticket[Symbol.dispose]();
  });

  it('never lets read-ahead hold up a reader', async () => {
    using scheduler = createFetchScheduler({ budgetBytes: 100 });
    for (let i = 0; i < 20; i++) ask(scheduler, 'ahead', 50);
    const reader = ask(scheduler, 'demand', 50);
    await delay(0);
    expect(reader.granted).toBe(true);
  });

  it('begins with a single guess while a reader waits, and with the next when it is over', async () => {
    using scheduler = createFetchScheduler();
    const reader = scheduler.readerWaits();
    const guesses = Array.from({ length: 4 }, () => ask(scheduler, 'ahead'));
    await delay(0);
    expect(granted(guesses)).toBe(1);
    guesses[0]!.ticket[Symbol.dispose]();
    await delay(0);
    expect(granted(guesses)).toBe(2);
    reader[Symbol.dispose]();
    await delay(0);
    expect(granted(guesses)).toBe(4);
  });

  it('begins with what is planned while a reader waits, as far as it is short, before all guesses', async () => {
    using scheduler = createFetchScheduler();
    using _reader = scheduler.readerWaits();
    const kib = 1024;
    const guess = ask(scheduler, 'ahead');
    const short = [100, 200, 300].map((size) => ask(scheduler, 'planned', size * kib));
    const late = ask(scheduler, 'planned', 500 * kib);
    await delay(0);
    expect([guess, ...short, late].map((one) => one.granted)).toEqual([true, true, true, true, false]);
    for (const { ticket } of short) ticket[Symbol.dispose]();
    await delay(0);
    expect(late.granted).toBe(true);
  });

  it('begins with a long range of what is planned, too, where it is the only one', async () => {
    using scheduler = createFetchScheduler();
    using _reader = scheduler.readerWaits();
    const long = [ask(scheduler, 'planned', 8 << 20), ask(scheduler, 'planned', 8 << 20)];
    await delay(0);
    expect(long.map((one) => one.granted)).toEqual([true, false]);
  });

  it('keeps the bytes of all that is under way within its budget', async () => {
    using scheduler = createFetchScheduler({ budgetBytes: 100 });
    const readers = [60, 30, 20].map((bytes) => ask(scheduler, 'demand', bytes));
    await delay(0);
    expect(readers.map((reader) => reader.granted)).toEqual([true, true, false]);
    readers[0]!.ticket[Symbol.dispose]();
    await delay(0);
    expect(readers[2]!.granted).toBe(true);
  });

  it('grants what is above the whole budget when nothing else is under way', async () => {
    using scheduler = createFetchScheduler({ budgetBytes: 100 });
    const small = ask(scheduler, 'demand', 1);
    const huge = ask(scheduler, 'demand', 1000);
    await delay(0);
    expect(huge.granted).toBe(false);
    small.ticket[Symbol.dispose]();
    await delay(0);
    expect(huge.granted).toBe(true);
  });

  it('lets a hastened request overtake', async () => {
    using scheduler = createFetchScheduler();
    const asked = Array.from({ length: 30 }, () => ask(scheduler, 'ahead'));
    asked.at(-1)!.ticket.hasten();
    await delay(0);
    expect(asked.at(-1)!.granted).toBe(true);
  });

  it('begins with the background only when it is quiet', async () => {
    using scheduler = createFetchScheduler({ quietMs: 50 });
    const began = performance.now();
    const reader = scheduler.readerWaits();
    const background = ask(scheduler, 'background');
    await delay(80);
    expect(background.granted).toBe(false);
    reader[Symbol.dispose]();
    await eventually(() => background.granted);
    expect(performance.now() - began).toBeGreaterThanOrEqual(130);
  });

  it('aborts the background when a reader comes, but not what a reader waits for', async () => {
    using scheduler = createFetchScheduler({ quietMs: 1 });
    const [idle, wanted] = [ask(scheduler, 'background'), ask(scheduler, 'background')];
    await eventually(() => idle.granted && wanted.granted);
    wanted.ticket.hasten();
    using _reader = scheduler.readerWaits();
    expect(idle.ticket.preempted.aborted).toBe(true);
    expect(wanted.ticket.preempted.aborted).toBe(false);
  });

  it('limits the rate of the background', async () => {
    using scheduler = createFetchScheduler({ quietMs: 0, backgroundBytesPerSecond: 10_000 });
    const began = performance.now();
    for (let i = 0; i < 4; i++) {
      const turn = ask(scheduler, 'background', 500);
      await eventually(() => turn.granted);
      turn.ticket[Symbol.dispose]();
    }
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
  });

  it('says when it is quiet', async () => {
    using scheduler = createFetchScheduler({ quietMs: 30 });
    const began = performance.now();
    scheduler.readerWaits()[Symbol.dispose]();
    await scheduler.quiet();
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  it('forgets a request that is given up, and fails those who wait for quiet when it is disposed', async () => {
    const scheduler = createFetchScheduler({ budgetBytes: 10 });
    const first = ask(scheduler, 'demand', 10);
    const controller = new AbortController();
    const second = ask(scheduler, 'demand', 10, controller.signal);
    controller.abort(new Error('reader killed'));
    await expect(second.ticket.granted).rejects.toThrow('reader killed');
    second.ticket[Symbol.dispose]();
    const third = ask(scheduler, 'demand', 10);
    first.ticket[Symbol.dispose]();
    await delay(0);
    expect(third.granted).toBe(true);
    using _reader = scheduler.readerWaits();
    const quiet = scheduler.quiet();
    scheduler[Symbol.dispose]();
    await expect(quiet).rejects.toThrow('stopping');
  });
});
