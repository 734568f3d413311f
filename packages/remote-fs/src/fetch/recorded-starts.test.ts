import { describe, expect, it } from 'vitest';
import {
  readingAll,
  readsOf,
  recordedStart,
  recordedStarts,
  sequentialStart,
} from '../../test/starts/recorded-start.ts';
import { simulateStart } from '../../test/starts/simulate-start.ts';
import { rangesOfReads } from '../profiles/read-ranges.ts';

/** Ten times as fast as 100 Mbit/s and 20 ms a request: as much comes in a round trip, and the test takes a tenth. */
const link = { roundTripMs: 2, bytesPerSecond: 125e6, connections: 16 };

/** Measured, and some more: which bytes are asked for depends a little on when others come. */
const limits = {
  python: { ratio: 1.65, requests: 420 },
  node: { ratio: 1.3, requests: 450 },
  gcc: { ratio: 1.3, requests: 150 },
  java: { ratio: 1.3, requests: 80 },
};

describe('the start of an image', () => {
  it.each(recordedStarts)(
    'of which nothing is known fetches little in vain, in few requests: %s',
    async (name) => {
      const start = recordedStart(name);
      const { bytes, neededBytes, requests } = await simulateStart({ ...start, localMs: 0 }, { link });
      expect(bytes).toBeGreaterThanOrEqual(neededBytes);
      expect(bytes / neededBytes).toBeLessThan(limits[name].ratio);
      expect(requests).toBeLessThan(limits[name].requests);
    },
  );

  it.each(recordedStarts)(
    'that is known fetches hardly anything in vain, and the first first: %s',
    async (name) => {
      const start = recordedStart(name);
      const profile = rangesOfReads(start.index, readsOf(start));
      const figures = await simulateStart({ ...start, localMs: 0 }, { link, profile });
      expect(figures.bytes / figures.neededBytes).toBeLessThan(1.1);
      expect(figures.requests).toBeLessThan(limits[name].requests * 0.75);
      expect(figures.firstReadBytes).toBeLessThan(8e6);
    },
  );

  it('that reads all files costs little more than their bytes, in fewer requests than files', async () => {
    const all = readingAll(recordedStart('python'));
    const start = { ...all, reads: all.reads.slice(0, 1500), localMs: 0 };
    const { bytes, neededBytes, requests } = await simulateStart(start, { link });
    // Behind the last read, some is under way.
    expect(bytes).toBeLessThan(neededBytes * 1.05 + 5e6);
    expect(requests).toBeLessThan(start.reads.length / 4);
  });

  it('that reads a long file fetches it once', async () => {
    const start = sequentialStart(64);
    const { bytes } = await simulateStart({ ...start, localMs: 0 }, { link });
    expect(bytes).toBe(start.blob.size);
  });
});
