import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { openStormStore, type StormStore } from './kill-storm/open-storm-store.ts';
import { layerLabels } from './snapshotter-suite/suite-context.ts';

const SNAPSHOTS = Number(process.env['SLUICE_MEMORY_SNAPSHOTS'] ?? 300);
const CALLS_AT_ONCE = 1000;
const MEASURED_ROUNDS = Number(process.env['SLUICE_MEMORY_ROUNDS'] ?? 1);

/** What may stay for reasons of its own: code that was compiled meanwhile, the test's own values. */
const TOLERATED_BYTES = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it(`keeps nothing of calls that are over, ${CALLS_AT_ONCE} at once on ${SNAPSHOTS} snapshots`, {
  timeout: 300_000,
}, async () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-memory-'));
  try {
    await using store = await openStormStore(root);
    for (let i = 0; i < SNAPSHOTS; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) => store.snapshotter.prepare(`s${i + j}`, '', {})),
      );
    }
    const heap: number[] = [];
    for (let round = 0; round <= MEASURED_ROUNDS; round++) heap.push(await heapAfterRound(store));
    console.log(`heap in KiB after each round: ${heap.map((bytes) => Math.round(bytes / 1024)).join(', ')}`);
    // The first round compiles, and fills caches.
    expect(heap.at(-1)! - heap[0]!).toBeLessThan(TOLERATED_BYTES);
  } finally {
    rmSync(root, { recursive: true });
  }
});

/** Calls of every kind, in vain and with success. */
async function heapAfterRound({ snapshotter, logs }: StormStore): Promise<number> {
  const life = async (i: number) => {
    const [key, name] = [`key ${i}`, `name ${i}`];
    await snapshotter.prepare(key, '', {});
    await snapshotter.prepare(key, '', {}).catch(() => undefined);
    await snapshotter.prepare('none', `missing ${i}`, layerLabels('sha256:x')).catch(() => undefined);
    await snapshotter.update(key, { l: '1' }, []);
    await snapshotter.usage(key);
    await snapshotter.commit(name, key, {});
    await snapshotter.stat(name);
    await snapshotter.remove(name);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, (_, i) => life(i)));
  for await (const batch of snapshotter.list(['labels.l==none'])) expect(batch).toEqual([]);
  await snapshotter.cleanup();
  logs.lines.splice(0);
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
