import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { SNAPSHOTTER } from '../machine/containerd-config.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';
import { run } from '../process/run.ts';
import { describeDifferences } from '../tree/describe-differences.ts';
import { listTree } from '../tree/list-tree.ts';
import type { TreeEntry } from '../tree/tree-entry.ts';

const SLOW_TIMEOUT_MS = 120_000;

describe('the file tree of an image', () => {
  const facts = readImageFacts(places.images);

  for (const kind of ['lazy', 'mixed'] as const) {
    it(
      `is what umoci unpacks, where layers are ${kind}`,
      async () => {
        await using node = await startNode();
        await node.rpull(imageNames[kind]);
        const target = join(places.state, `mounted-${kind}`);
        await mountView(node, target);
        const seen = await listTree(target).finally(() => run(['umount', target]));
        expect(seen.length).toBeGreaterThan(10_000);
        expect(describeDifferences(facts.tree.map(comparable), seen.map(comparable))).toEqual([]);
      },
      SLOW_TIMEOUT_MS,
    );
  }
});

/**
 * The root is that of the topmost layer, and most layers say nothing of theirs: then its time is whatever whoever
 * unpacks makes it.
 */
function comparable(entry: TreeEntry): TreeEntry {
  return entry.path === '/' ? { ...entry, mtimeNs: 'any' } : entry;
}

/** Mounts a view of the only image of a node: what a container of it would see if it wrote nothing. */
async function mountView(node: ClusterNode, target: string): Promise<void> {
  mkdirSync(target);
  const snapshots = ['snapshots', '--snapshotter', SNAPSHOTTER];
  const { stdout } = await node.ctr([...snapshots, 'ls']);
  // KEY PARENT KIND, below a heading; the first layer has no parent.
  const rows = stdout.trim().split('\n').slice(1);
  const words = rows.map((row) => row.trim().split(/\s+/));
  const parents = new Set(words.map(([, parent]) => parent));
  const top = words.find(([key]) => !parents.has(key))![0]!;
  const view = await node.ctr([...snapshots, 'view', '--target', target, `view-${target}`, top]);
  await run(['sh', '-euc', view.stdout]);
}
