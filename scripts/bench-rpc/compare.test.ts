import { expect, test } from 'vitest';
import { compare, type Measured } from './compare.ts';

const measured = (call: string, p50Us: number, perSecond: number, clients = 1): Measured => ({
  call,
  clients,
  count: 10,
  p50Us,
  p99Us: p50Us * 2,
  perSecond,
  cpuUs: p50Us / 2,
});

test('compares medians of rounds, call by call and by number of clients', () => {
  const go = [
    measured('Stat', 100, 10),
    measured('Stat', 300, 30),
    measured('Stat', 200, 20),
    measured('Stat', 7, 7, 16),
  ];
  const sluice = [measured('Stat', 14, 14, 16), measured('Stat', 100, 60), measured('Stat', 100, 20)];
  expect(compare(go, sluice)).toEqual([
    {
      call: 'Stat',
      clients: 1,
      go: { p50Us: 200, p99Us: 400, perSecond: 20, cpuUs: 100 },
      sluice: { p50Us: 100, p99Us: 200, perSecond: 40, cpuUs: 50 },
      cpuRatio: 0.5,
      p50Ratio: 0.5,
      throughputRatio: 2,
    },
    {
      call: 'Stat',
      clients: 16,
      go: { p50Us: 7, p99Us: 14, perSecond: 7, cpuUs: 3.5 },
      sluice: { p50Us: 14, p99Us: 28, perSecond: 14, cpuUs: 7 },
      cpuRatio: 2,
      p50Ratio: 2,
      throughputRatio: 2,
    },
  ]);
});

test('refuses what only one side has', () => {
  expect(() => compare([measured('Stat', 1, 1)], [])).toThrow(/Stat.*one side/);
});
