import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';
import { run } from '../process/run.ts';

describe('the sluice command beside a real containerd', () => {
  const { layers } = readImageFacts(places.images);
  let node: ClusterNode;
  const sluice = (...args: readonly string[]) =>
    run([join(places.workspace, 'packages', 'cli', 'bin', 'sluice'), ...args], {
      mayFail: true,
      env: { SLUICE_ADMIN_ADDRESS: node.sluiced.adminAddress, NO_COLOR: '1' },
    });
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it('says how the daemon is', async () => {
    const { stdout, status } = await sluice('status', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      healthy: true,
      root: node.sluiced.root,
      snapshots: { committed: layers, remote: layers, active: 0 },
      layers: { mounted: layers, unavailable: 0, fallbacks: {} },
    });
  });

  it('lists the snapshots', async () => {
    const { stdout, status } = await sluice('ls');
    expect(status).toBe(0);
    expect(stdout.match(/ committed +yes .*sha256:/g)).toHaveLength(layers);
  });

  it('fails with words where no daemon is', async () => {
    const { stdout, stderr, status } = await sluice('status', '--address', '/nonexistent/admin.sock');
    expect({ stdout, status }).toEqual({ stdout: '', status: expect.any(Number) });
    expect(status).toBeGreaterThan(0);
    expect(stderr).toContain('/nonexistent/admin.sock');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
