import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { openStormStore } from '../kill-storm/open-storm-store.ts';
import type { StormEvent } from '../kill-storm/storm-event.ts';
import { StormLoad } from '../kill-storm/storm-load.ts';
import { StormModel } from '../kill-storm/storm-model.ts';
import { verifyStorm } from '../kill-storm/verify-storm.ts';
import { createLoopDisk, type LoopDisk } from './loop-disk.ts';

const CUTS = Number(process.env['SLUICE_POWER_CUTS'] ?? 3);
const CUT_TIMEOUT_MS = 60_000;

it(`loses nothing that was acknowledged when the power is cut (${CUTS} times)`, {
  timeout: CUTS * CUT_TIMEOUT_MS,
}, async () => {
  using disk = createLoopDisk(96);
  const model = new StormModel();
  const seen = { acknowledged: 0, cutOff: 0, checked: 0 };
  for (let cut = 0; cut < CUTS; cut++) {
    const events = await stormUntilCut(disk, `${cut}`);
    disk.remount();
    const open = model.replay(events);
    seen.acknowledged += events.filter(({ event }) => event === 'end').length;
    seen.cutOff += open.length;
    seen.checked += await verifyStorm(disk.root, { model, open, layersDir: disk.elsewhere });
  }
  console.log(`${CUTS} power cuts:`, seen);
  expect(seen.acknowledged).toBeGreaterThan(CUTS);
  expect(seen.cutOff).toBeGreaterThan(0);
});

/** @returns what clients did until the disk failed */
async function stormUntilCut(disk: LoopDisk, run: string): Promise<StormEvent[]> {
  const events: StormEvent[] = [];
  await using store = await openStormStore(disk.root, disk.elsewhere);
  await store.snapshotter.restore();
  const there = await collect(store.snapshotter.list([]));
  // Content that clients wrote is theirs to flush, so nothing is promised of it.
  const record = (event: StormEvent) => void (event.event === 'wrote' || events.push(event));
  const load = new StormLoad({ snapshotter: store.snapshotter, run, there, record });
  const clients = Array.from({ length: 64 }, () => load.client());
  const ended = Promise.allSettled(clients);
  await delay(200 + Math.random() * 300);
  disk.cutPower();
  await ended;
  return events;
}
