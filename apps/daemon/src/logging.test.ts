import { describe, expect, it } from 'vitest';
import { createLogger } from './logging.ts';

function setUp(level: 'debug' | 'info') {
  const lines: Record<string, unknown>[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: createLogger({ level, to }) };
}

describe('createLogger', () => {
  it('writes a line of JSON an event, with level, time, message and fields', () => {
    const { lines, logger } = setUp('info');
    logger.info({ 'remote-snapshot-prepared': 'true', key: 'k' }, 'prepared');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        'remote-snapshot-prepared': 'true',
        key: 'k',
        msg: 'prepared',
      },
    ]);
  });

  it('keeps the causes of an error', () => {
    const { lines, logger } = setUp('info');
    logger.warn({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(JSON.stringify(lines)).toMatch(/outer.*inner/);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = setUp('info');
    logger.debug({}, 'detail');
    expect(lines).toEqual([]);
  });
});
