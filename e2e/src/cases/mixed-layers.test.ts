import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots } from '../clients/admin.ts';
import { imageNames } from '../images/image-names.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

describe('an image of which some layers can be lazy', () => {
  let node: ClusterNode;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.mixed);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it('mounts those lazily, unpacks the others, and says why', async () => {
    const rows = await readSnapshots(node.sluiced.adminAddress);
    expect(rows.map(({ lazy }) => lazy)).toEqual([true, false, false, true]);
    expect(rows.filter(({ lazy, reason }) => lazy !== (reason === undefined))).toEqual([]);
  });

  it('runs a program out of both kinds', async () => {
    const printed = await node.run(imageNames.mixed, []);
    expect(JSON.parse(printed)).toMatchObject({ imports: 14 });
    const odd = await node.run(imageNames.mixed, ['cat', '/odd/first-name', '/usr/share/doc/bash/only-this']);
    expect(odd).toBe('one file, three namesthe directory below is hidden');
  });
});
