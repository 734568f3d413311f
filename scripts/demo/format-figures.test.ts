import { expect, it } from 'vitest';
import type { DemoFigures } from './demo-figures.ts';
import { alignColumns, formatFigures } from './format-figures.ts';

const figures: DemoFigures = {
  link: { bitsPerSecond: 100e6, roundTripMs: 20 },
  image: { layers: 4, compressedBytes: 105_800_000, bytes: 341_900_000 },
  lazy: {
    pullSeconds: 0.5,
    firstOutputSeconds: 4,
    bytesFetched: 52_000_000,
    output: 'ready',
    lazyLayers: 4,
    daemonResidentBytes: 1e8,
  },
  whole: { pullSeconds: 11.5, firstOutputSeconds: 12, bytesFetched: 104_000_000, output: 'ready' },
};

it('shows both ways in a table', () => {
  expect(formatFigures(figures)).toContain(
    [
      '                          first output  bytes fetched',
      '  lazily, through Sluice         4.0 s        52.0 MB',
      '  whole, on overlayfs           12.0 s       104.0 MB',
    ].join('\n'),
  );
});

it('says in a sentence what the difference is', () => {
  expect(formatFigures(figures)).toContain('3.0 times as fast and fetched 50 % of the bytes');
});

it('says which image and which link it was', () => {
  expect(formatFigures(figures)).toContain(
    'An image of 341.9 MB (105.8 MB compressed, 4 layers), over a link of 100 Mbit/s and 20 ms round trip:',
  );
});

it('aligns columns of any width', () => {
  expect(alignColumns([['a', 'bbb'], ['aaaa']])).toBe('  a     bbb\n  aaaa');
});
