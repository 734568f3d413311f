import { createLogRecorder } from '@sluice/testkit/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFailedReadLog } from './failed-read-log.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

describe('createFailedReadLog', () => {
  it('logs one failure a second, and how many it left out', () => {
    const logger = createLogRecorder();
    const log = createFailedReadLog({ logger });
    for (let i = 0; i < 5; i++) log.add({ layer: 'l' });
    vi.advanceTimersByTime(1001);
    log.add({ layer: 'l' });
    expect(logger.lines.map((line) => line.fields)).toEqual([
      { layer: 'l', suppressed: 0 },
      { layer: 'l', suppressed: 4 },
    ]);
  });
});
