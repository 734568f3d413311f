import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { formatTable } from './format-table.ts';
import { printable } from './printable.ts';
import { shortenDigests } from './shorten-digests.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [5e18, '5000 PB'],
  ])('shows %d as %s', (sizeBytes, text) => {
    expect(formatBytes(sizeBytes)).toBe(text);
  });

  it('is never wrong by more than a twentieth', () => {
    const factors: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };
    fc.assert(
      fc.property(fc.maxSafeNat(), (sizeBytes) => {
        const [value, unit] = formatBytes(sizeBytes).split(' ');
        expect(value!.length).toBeLessThanOrEqual(4);
        expect(Math.abs(Number(value) * factors[unit!]! - sizeBytes)).toBeLessThanOrEqual(sizeBytes / 20);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [-1, '0 s'],
    [0.9, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [7200, '2 h'],
    [86_399, '23 h'],
    [900_000, '10 d'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('printable', () => {
  it('leaves nothing that steers a terminal, and all else as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
    expect(printable('k8s.io/1/Größe 容器 🚢')).toBe('k8s.io/1/Größe 容器 🚢');
  });
});

describe('shortenDigests', () => {
  it('shortens digests wherever they are, and nothing else', () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    expect(shortenDigests(`ns/1/${digest} on ${digest}`)).toBe(
      'ns/1/sha256:abababababab on sha256:abababababab',
    );
    expect(shortenDigests(`sha512:${'0'.repeat(128)}`)).toBe('sha512:000000000000');
    expect(shortenDigests('sha256:abc and md5:123')).toBe('sha256:abc and md5:123');
  });
});

describe('formatTable', () => {
  it('makes columns as wide as their widest cell', () => {
    const columns = [{ title: 'N', isNumber: true }, { title: 'NAME' }, { title: 'LAST' }];
    const rows = [
      ['100', 'a', ''],
      ['2', 'long name', 'x'],
    ];
    expect(formatTable(columns, rows)).toBe('  N  NAME       LAST\n100  a\n  2  long name  x');
  });
});
