import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots } from '../clients/admin.ts';
import type { RunningContainer } from '../clients/containers.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { leftovers } from '../machine/leftovers.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

describe('removing images and containers', () => {
  const { layers } = readImageFacts(places.images);
  let node: ClusterNode;
  let container: RunningContainer;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
    await node.rpull(imageNames.mixed);
    container = await node.start(imageNames.lazy);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it('keeps the layers of a container whose image is removed', async () => {
    await node.ctr(['images', 'rm', '--sync', imageNames.lazy]);
    const rows = await readSnapshots(node.sluiced.adminAddress);
    // Those of both images, of which the first is shared, and the container's own.
    expect(rows).toHaveLength(2 * layers - 1 + 1);
    expect(await container.exec('cat /odd/first-name')).toBe('one file, three names');
  });

  it('removes what no other image has when the container is gone', async () => {
    await container.remove();
    await node.collectGarbage();
    expect(await readSnapshots(node.sluiced.adminAddress)).toHaveLength(layers);
  });

  it('leaves no snapshot, directory or mount of the last image', async () => {
    await node.ctr(['images', 'rm', '--sync', imageNames.mixed]);
    expect(await leftovers(node)).toEqual([]);
  });

  it('pulls the image again afterwards', async () => {
    await node.rpull(imageNames.lazy);
    expect(await node.run(imageNames.lazy, ['cat', '/odd/first-name'])).toBe('one file, three names');
  });
});
