import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { SNAPSHOTTER } from '../machine/containerd-config.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';
import { describeDifferences } from '../tree/describe-differences.ts';
import { listTree } from '../tree/list-tree.ts';

const SLOW_TIMEOUT_MS = 120_000;

describe('the file tree of an image', () => {
  const facts = readImageFacts(places.images);
  const target = join(places.state, 'mounted');
  let node: ClusterNode;
  beforeAll(async () => {
    node = await startNode();
    mkdirSync(target, { recursive: true });
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  for (const kind of ['lazy', 'mixed'] as const) {
    it(
      `is what umoci unpacks, where layers are ${kind}`,
      async () => {
        const image = imageNames[kind];
        await node.rpull(image);
        await node.ctr(['images', 'mount', '--snapshotter', SNAPSHOTTER, image, target]);
        const seen = await listTree(target).finally(() =>
          node.ctr(['images', 'unmount', '--rm', '--snapshotter', SNAPSHOTTER, target]),
        );
        expect(seen.length).toBeGreaterThan(10_000);
        expect(describeDifferences(facts.tree, seen)).toEqual([]);
      },
      SLOW_TIMEOUT_MS,
    );
  }
});
