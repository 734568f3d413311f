import { describe, expect, it } from 'vitest';
import { addStart } from './add-start.ts';
import type { BlobRange, Profile } from './profile.ts';

const startOf = (layers: Record<string, readonly BlobRange[]>, recordedAt = 'later'): Profile => ({
  version: 1,
  image: 'image',
  reference: 'reference',
  recordedAt,
  layers,
});
const known = startOf({ base: [[0, 100]], app: [[500, 10]] }, 'before');

describe('addStart', () => {
  it('is the start itself where it is the first', () => {
    const start = startOf({ base: [[0, 1]] });
    expect(addStart(undefined, start)).toBe(start);
  });

  it('adds what a start with other arguments has read, behind what was known', () => {
    const added = addStart(known, startOf({ app: [[700, 5]], other: [[1, 1]] }));
    expect(added).toEqual(
      startOf({
        base: [[0, 100]],
        app: [
          [500, 10],
          [700, 5],
        ],
        other: [[1, 1]],
      }),
    );
  });

  it('is nothing where nothing is new', () => {
    expect(addStart(known, startOf({ base: [[10, 20]], app: [] }))).toBeUndefined();
  });

  it('is nothing where a profile would become an image', () => {
    expect(addStart(known, startOf({ app: [[1000, 256 << 20]] }))).toBeUndefined();
    const many = Array.from({ length: 100_000 }, (_, at): BlobRange => [1000 + at * 10, 1]);
    expect(addStart(known, startOf({ app: many }))).toBeUndefined();
  });
});
