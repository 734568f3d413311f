import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageNames } from '../images/image-names.ts';
import { findHolders } from '../machine/find-holders.ts';
import { leftovers } from '../machine/leftovers.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';
import { type Reading, startReading } from '../reading/start-reading.ts';

const HOLDER_TIMEOUT_MS = 15_000;
const ROUNDS = [1, 2];

describe('a running container', () => {
  let node: ClusterNode;
  let reading: Reading;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
    reading = await startReading(node, imageNames.lazy);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  const holders = () => findHolders(node.sluiced.address);

  for (const round of ROUNDS) {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      it(`reads on when sluiced is ended by ${signal} and started (${round})`, async () => {
        const [before] = holders();
        await node.restartSluiced(signal);
        expect((await reading.readsOn()).wrong).toEqual([]);
        expect(holders().map(({ pid }) => pid)).toEqual([before!.pid]);
      });
    }

    it(`reads on when the holder is killed (${round})`, async () => {
      const [before] = holders();
      process.kill(before!.pid, 'SIGKILL');
      // Until then, the end of sluiced would be the end of the mounts.
      const others = () => holders().filter(({ pid }) => pid !== before!.pid);
      await expect
        .poll(others, { timeout: HOLDER_TIMEOUT_MS })
        .toEqual([{ pid: expect.any(Number), held: before!.held }]);
      expect((await reading.readsOn()).wrong).toEqual([]);
    });
  }

  it('has had no failed and no wrong read, and ends by itself', async () => {
    expect((await reading.stop()).wrong).toEqual([]);
  });

  it('can be followed by another one of the same image', async () => {
    expect(JSON.parse(await node.run(imageNames.lazy, []))).toMatchObject({ imports: 14 });
  });

  it('leaves no snapshot, directory, mount or holder when all is removed', async () => {
    await node.ctr(['images', 'rm', '--sync', imageNames.lazy]);
    await node.collectGarbage();
    expect(await leftovers(node)).toEqual([]);
    await node.sluiced.stop();
    await expect.poll(holders, { timeout: HOLDER_TIMEOUT_MS }).toEqual([]);
  });
});
