import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots } from '../clients/admin.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { SNAPSHOTTER } from '../machine/containerd-config.ts';
import { chosenVersion } from '../machine/containerd-version.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

const SLOW_TIMEOUT_MS = 120_000;

describe('ctr images pull', () => {
  const { layers } = readImageFacts(places.images);
  // The transfer service of containerd 2 says what layer it is about to unpack; earlier clients do not.
  const lazy = chosenVersion().name === '2';
  let node: ClusterNode;
  beforeAll(async () => {
    node = await startNode();
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it(
    lazy ? 'mounts layers lazily, by the transfer service' : 'unpacks layers, as on any snapshotter',
    async () => {
      await node.ctr(['images', 'pull', '--plain-http', '--snapshotter', SNAPSHOTTER, imageNames.lazy], {
        timeoutMs: SLOW_TIMEOUT_MS,
      });
      const rows = await readSnapshots(node.sluiced.adminAddress);
      expect(rows.map((row) => row.lazy)).toEqual(Array(layers).fill(lazy));
    },
    SLOW_TIMEOUT_MS,
  );

  it('makes an image that runs', async () => {
    expect(JSON.parse(await node.run(imageNames.lazy, []))).toMatchObject({ imports: 14 });
  });
});
