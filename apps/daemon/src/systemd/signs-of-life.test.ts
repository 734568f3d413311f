import { createLogRecorder } from '@sluice/testkit/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { giveSignsOfLife } from './signs-of-life.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(watchdogMs: number | undefined, probe: () => Promise<unknown> = async () => undefined) {
  const told: string[] = [];
  const state = { status: '2 mounts' };
  const logger = createLogRecorder();
  const listener = {
    watchdogMs,
    tell: (...assignments: readonly string[]) => void told.push(...assignments),
  };
  const life = giveSignsOfLife({ listener, logger, probe, status: () => state.status });
  return { told, state, logger, life };
}

describe('giveSignsOfLife', () => {
  it('tells three times within the time of the watchdog, and the status when it changes', async () => {
    const { told, state, life } = setUp(3000);
    await vi.advanceTimersByTimeAsync(2999);
    expect(told).toEqual(['WATCHDOG=1', 'STATUS=2 mounts', 'WATCHDOG=1', 'WATCHDOG=1']);
    state.status = '3 mounts';
    await vi.advanceTimersByTimeAsync(1);
    expect(told.slice(4)).toEqual(['WATCHDOG=1', 'STATUS=3 mounts']);
    life[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toHaveLength(6);
  });

  it('tells nothing while a probe is waited for, and goes on after it, even if it fails', async () => {
    const probed = Promise.withResolvers<void>();
    const { told, logger, life } = setUp(3000, () => probed.promise);
    await vi.advanceTimersByTimeAsync(2500);
    expect(told).toEqual([]);
    expect(logger.lines).toHaveLength(2);
    probed.reject(new Error('ENOTCONN'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toContain('WATCHDOG=1');
    life[Symbol.dispose]();
  });

  it('tells of the status alone where there is no watchdog', async () => {
    const { told, life } = setUp(undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['STATUS=2 mounts']);
    life[Symbol.dispose]();
  });
});
