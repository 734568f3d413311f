import { expect, test } from 'vitest';
import { formatReport } from './format-report.ts';

test('lines columns up, and says the memory of both sides', () => {
  const figures = { p50Us: 100.4, p99Us: 2000, perSecond: 9000, cpuUs: 50 };
  const text = formatReport({
    comparisons: [
      {
        call: 'Stat',
        clients: 1,
        go: figures,
        sluice: figures,
        cpuRatio: 1,
        p50Ratio: 1,
        throughputRatio: 1,
      },
      {
        call: 'Prepare',
        clients: 16,
        go: figures,
        sluice: figures,
        cpuRatio: 3,
        p50Ratio: 0.5,
        throughputRatio: 2,
      },
    ],
    memory: {
      go: { idle: 2 ** 20, many: 2 ** 21, crowds: [2 ** 22, 2 ** 22] },
      sluice: { idle: 60 * 2 ** 20, many: 0, crowds: [] },
    },
  });
  const lines = text.split('\n');
  expect(new Set(lines.slice(0, 3).map((line) => line.length)).size).toBe(1);
  expect(lines[2]).toMatch(/^Prepare +16 +100 +2000 +9000 +50 +100 +2000 +9000 +50 +0.50 +2.00 +3.00$/);
  expect(text).toContain('Go 1 MB idle, 2 MB with 10,000 snapshots, 4, 4 MB after');
  expect(text).toContain('Sluice 60 MB idle');
});
