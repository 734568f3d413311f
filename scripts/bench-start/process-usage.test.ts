import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { cpuSeconds, endedChildrenSeconds, peakResidentBytes } from './process-usage.ts';

it('counts what this process works', () => {
  const before = cpuSeconds(process.pid);
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < 100_000) Math.random();
  expect(cpuSeconds(process.pid) - before).toBeGreaterThanOrEqual(0.08);
});

it('counts children when they have ended', () => {
  const before = endedChildrenSeconds();
  const work = 'const { user } = process.cpuUsage(); while (process.cpuUsage().user - user < 100_000);';
  expect(spawnSync(process.execPath, ['-e', work]).status).toBe(0);
  expect(endedChildrenSeconds() - before).toBeGreaterThanOrEqual(0.08);
});

it('knows how much memory this process has had', () => {
  const before = peakResidentBytes(process.pid);
  expect(before).toBeGreaterThan(10e6);
  const size = 2 * before;
  expect(Buffer.alloc(size, 1).length).toBe(size);
  expect(peakResidentBytes(process.pid)).toBeGreaterThan(size);
});
