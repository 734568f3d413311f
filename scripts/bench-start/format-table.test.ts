import { expect, it } from 'vitest';
import { formatTable } from './format-table.ts';
import type { BenchResult, StartFigures } from './start-figures.ts';

const figures: StartFigures = {
  pull: 1,
  firstOutput: 2,
  ready: 4,
  bytes: 30e6,
  requests: 123,
  cpu: 2.5,
  rss: 100e6,
};
const subject = (name: string, changed: Partial<StartFigures> = {}) => {
  const median = { ...figures, ...changed };
  return { subject: name, rounds: [median], median };
};

const result: BenchResult = {
  kernel: '6.9',
  date: '2026-01-02T03:04:05Z',
  processors: 2,
  load: [0.5, 1.5],
  rounds: 1,
  requestDelayMs: 20,
  cases: [
    {
      image: 'python',
      megabitsPerSecond: 100,
      readsAll: false,
      compressedBytes: 50e6,
      floor: { neededBytes: 20e6, transfer: 1.6, local: 0.3, manifest: 0.1, total: 2 },
      subjects: [subject('overlayfs', { ready: 16, bytes: 50e6 }), subject('sluice')],
      failed: [{ subject: 'stargz', reason: 'there is none' }],
    },
  ],
};

const rowsOf = (table: string) =>
  Object.fromEntries(table.split('\n').map((line) => [line.split(/ {2,}/)[0], line.split(/ {2,}/).slice(1)]));

it('has a line a subject, with its ratios to overlayfs, to the floor and to what is needed', () => {
  const rows = rowsOf(formatTable(result));
  expect(rows['sluice']!.slice(0, 10)).toEqual([
    '1.00',
    '2.00',
    '4.00',
    '0.25',
    '2.00',
    '30.0',
    '1.50',
    '123',
    '2.5',
    '100.0',
  ]);
  expect(rows['overlayfs']!.slice(3, 5)).toEqual(['1.00', '8.00']);
  expect(rows['floor']!.slice(0, 5)).toEqual(['2.00', '0.13', '1.00', '20.0', '1.00']);
});

it('says when and where it was measured, what the floor is made of, and what was not measured', () => {
  const table = formatTable(result);
  expect(table).toContain('2026-01-02T03:04:05Z, Linux 6.9, 2 processors, load 0.5 to 1.5; median of 1');
  expect(table).toContain('python at 100 Mbit/s, 50.0 MB compressed');
  expect(table).toContain('floor: 1.60 s for 20.0 MB, 0.30 s locally, 0.10 s for manifest and configuration');
  expect(table).toContain('failed: stargz: there is none');
});

it('rates the goals', () => {
  expect(formatTable(result)).toMatch(/^met {5}sluice: ready in .*: 4\.00 of 4\.00 s$/m);
  expect(formatTable(result)).toMatch(/^missed {2}sluice: 1\.3 of the bytes .*: 30\.00 of 26\.00 MB$/m);
});

it('leaves ratios out that there is nothing for', () => {
  const [one] = result.cases;
  const alone = { ...result, cases: [{ ...one!, floor: undefined, subjects: [subject('sluice')] }] };
  expect(rowsOf(formatTable(alone))['sluice']!.slice(3, 7)).toEqual(['-', '-', '30.0', '-']);
});
