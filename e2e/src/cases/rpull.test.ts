import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots, readStatus } from '../clients/admin.ts';
import { imageBytes } from '../clients/image-bytes.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

describe('ctr-remote images rpull, then ctr run', () => {
  const { layers } = readImageFacts(places.images);
  let node: ClusterNode;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it('mounts every layer lazily', async () => {
    const snapshots = await readSnapshots(node.sluiced.adminAddress);
    expect(snapshots).toHaveLength(layers);
    expect(snapshots).toEqual(snapshots.map((row) => ({ ...row, kind: 'committed', lazy: true })));
  });

  it('downloads no layer into containerd', async () => {
    const { stdout } = await node.ctr(['content', 'ls']);
    expect(stdout).not.toMatch(/MB|MiB/);
  });

  it('runs Python with a dozen imports, having fetched less than half of the image', async () => {
    const printed = await node.run(imageNames.lazy, []);
    expect(JSON.parse(printed)).toEqual({
      imports: 14,
      sha256: createHash('sha256').update('sluice').digest('hex'),
    });
    const { bytesFetched } = (await readStatus(node.sluiced.adminAddress)).content;
    const whole = await imageBytes(imageNames.lazy);
    console.log(`${bytesFetched} of ${whole} bytes were fetched`);
    expect(bytesFetched).toBeGreaterThan(0);
    expect(bytesFetched).toBeLessThan(whole / 2);
  });

  it('knows how much of each layer is here', async () => {
    const rows = (await readSnapshots(node.sluiced.adminAddress)).filter(({ lazy }) => lazy);
    const sum = (key: 'bytesLocal' | 'bytesTotal') => rows.reduce((total, row) => total + row[key]!, 0);
    expect(sum('bytesTotal')).toBeGreaterThan(100e6);
    expect(sum('bytesLocal')).toBeGreaterThan(0);
    expect(sum('bytesLocal')).toBeLessThan(sum('bytesTotal') / 2);
  });

  it('keeps nothing of the container that has ended', async () => {
    await node.collectGarbage();
    expect(await readSnapshots(node.sluiced.adminAddress)).toHaveLength(layers);
  });
});
