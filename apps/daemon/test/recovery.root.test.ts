import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz, type LayerFile } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { lazyConfig as config } from './run-container.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

vi.setConfig({ testTimeout: 120_000 });

/**
 * A start of a daemon without layers, a moment before, is the measure, for it takes as long as the machine has it take.
 * Measured: 1.1. What waits for a timer or a time limit takes more than twice as long, every time.
 */
const MAX_RATIO = 2;
/** On a busy machine some fail. */
const MAX_ROUNDS = 12;

const content = (index: number) => noise(20_000, index + 1);
/** So much lies between files that no request brings two of them. */
const layer = buildEstargz(
  Array.from({ length: MAX_ROUNDS }, (_, index): LayerFile[] => [
    { name: `f${index}`, type: 'reg', content: content(index) },
    { name: `g${index}`, type: 'reg', content: noise(1 << 20, MAX_ROUNDS + index) },
  ]).flat(),
);

/** A container's root file system on the layer, of which nothing was read. */
async function mountContainer(home: DaemonHome, registry: TestRegistry) {
  const image = publishImage(registry, [layer]);
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
  return mountRootfs(home, await client.prepare('container', layer.diffId));
}

async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startMs = performance.now();
  return { value: await work, ms: performance.now() - startMs };
}

it('a read that nobody had answered is answered after a crash as soon as a daemon can be there, without a look at the manifest', async () => {
  await using home = createDaemonHome();
  await using bare = createDaemonHome();
  await using registry = await createTestRegistry();
  let daemon = await home.start({ config });
  using rootfs = await mountContainer(home, registry);
  const ratios: number[] = [];
  for (let round = 0; round < MAX_ROUNDS && !ratios.some((ratio) => ratio < MAX_RATIO); round++) {
    const start = await timed(bare.start({ config }));
    await start.value.crash();
    await daemon.crash();
    const before = registry.requests.length;
    const reading = timed(readFile(join(rootfs.path, `f${round}`)));
    const starting = home.start({ config });
    const { value, ms } = await reading;
    expect(value.equals(content(round))).toBe(true);
    for (const { kind } of registry.requests.slice(before)) expect(kind).toBe('blob');
    ratios.push(ms / start.ms);
    daemon = await starting;
  }
  expect(ratios.at(-1), ratios.join()).toBeLessThan(MAX_RATIO);
});
