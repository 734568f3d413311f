import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteArena } from '../build/byte-arena.ts';
import { TimeParser } from './time-parser.ts';

function parse(...texts: string[]) {
  const parser = new TimeParser();
  let isTime = false;
  for (const text of texts) {
    const arena = new ByteArena(8);
    const bytes = Buffer.from(text);
    arena.append(bytes, 0, bytes.length);
    isTime = parser.parse(arena);
  }
  return isTime ? { seconds: parser.seconds, nanoseconds: parser.nanoseconds } : undefined;
}

describe('a point in time', () => {
  it('reads as Date reads it', () => {
    const property = fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const milliseconds = date.getTime();
        const nanoseconds = (milliseconds % 1000) * 1_000_000;
        expect(parse(date.toISOString())).toEqual({ seconds: Math.floor(milliseconds / 1000), nanoseconds });
      },
    );
    fc.assert(property);
  });

  it.each([
    ['', 0, 0],
    ['0001-01-01T00:00:00Z', -62135596800, 0],
    ['1969-12-31T23:59:59.25Z', -1, 250_000_000],
    ['2026-01-01T00:00:00.123456789Z', 1767225600, 123_456_789],
    ['2026-01-01T00:00:00.1234567891234Z', 1767225600, 123_456_789],
    ['2026-01-01T00:00:00-08:30', 1767225600 + 30_600, 0],
    ['2024-02-29T00:00:00Z', 1709164800, 0],
  ])('%j is %i seconds and %i nanoseconds', (text, seconds, nanoseconds) => {
    expect(parse(text)).toEqual({ seconds, nanoseconds });
    expect(parse('2000-01-01T00:00:00Z', text, text)).toEqual({ seconds, nanoseconds });
  });

  it.each([
    'now',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00',
    ' 2026-01-01T00:00:00Z',
  ])('%j is none', (text) => {
    expect(parse(text)).toBeUndefined();
    expect(parse('2026-01-01T00:00:00Z', text)).toBeUndefined();
  });
});
