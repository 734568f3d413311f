import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots, readStatus } from '../clients/admin.ts';
import type { RunningContainer } from '../clients/containers.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { leftovers } from '../machine/leftovers.ts';
import { mountsBelow } from '../machine/mounts-below.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

const RESTORE_TIMEOUT_MS = 20_000;

describe('a restart of sluiced', () => {
  const { layers } = readImageFacts(places.images);
  let node: ClusterNode;
  let earlier: RunningContainer;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
    earlier = await node.start(imageNames.lazy);
    expect(await earlier.exec('echo kept > /kept; cat /odd/first-name')).toBe('one file, three names');
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  // What a later container reads for the first time, so that it must be fetched then.
  for (const [signal, end, file] of [
    ['SIGTERM', 0, 'setuid'],
    ['SIGKILL', 'SIGKILL', 'setgid'],
  ] as const) {
    it(`by ${signal} ends it as it should`, async () => {
      const before = await readSnapshots(node.sluiced.adminAddress);
      expect(await node.restartSluiced(signal)).toBe(end);
      const after = await readSnapshots(node.sluiced.adminAddress);
      expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    });

    it(`by ${signal} mounts each lazy layer once again`, async () => {
      // It serves before it has mounted what was mounted.
      const status = () => readStatus(node.sluiced.adminAddress);
      await expect
        .poll(status, { timeout: RESTORE_TIMEOUT_MS })
        .toMatchObject({ healthy: true, problems: [], layers: { mounted: layers, unavailable: 0 } });
      const mounts = mountsBelow(join(node.sluiced.root, 'snapshots'));
      expect(new Set(mounts).size).toBe(mounts.length);
      expect(mounts).toHaveLength(layers);
    });

    it(`by ${signal} lets a new container read what is here and what is not yet here`, async () => {
      const files = ['/odd/first-name', `/odd/${file}`];
      expect(await node.run(imageNames.lazy, ['cat', ...files])).toBe(`one file, three names${file}`);
      expect(JSON.parse(await node.run(imageNames.lazy, []))).toMatchObject({ imports: 14 });
    });
  }

  it('lets earlier containers and their image be removed', async () => {
    await earlier.remove();
    await node.ctr(['images', 'rm', '--sync', imageNames.lazy]);
    await node.collectGarbage();
    expect(await leftovers(node)).toEqual([]);
  });
});
