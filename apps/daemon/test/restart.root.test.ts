import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMounts } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const unread = noise(300_000, 2);
const base = buildEstargz([{ name: 'read', type: 'reg', content: noise(300_000) }]);
const middle = buildEstargz([{ name: 'unread', type: 'reg', content: unread }]);
const top = buildEstargz([{ name: 'top', type: 'reg', content: 'top' }]);
const layers = [base, middle, top];

interface Setup {
  readonly daemon: TestDaemon;
  readonly registry: TestRegistry;
}

/** All layers mounted, 'read' and 'top' read, and a container that has written. */
async function setUp(home: DaemonHome): Promise<Setup> {
  const registry = await createTestRegistry();
  const image = publishImage(registry, layers);
  const daemon = await home.start();
  using client = createSnapshotsClient(home.address);
  let parent = '';
  for (const layer of layers) {
    await expect(client.prepare('extract', parent, image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    parent = layer.diffId;
  }
  using rootfs = mountRootfs(home, await client.prepare('container', top.diffId));
  expect((await readFile(join(rootfs.path, 'read'))).equals(noise(300_000))).toBe(true);
  expect(await readFile(join(rootfs.path, 'top'), 'utf8')).toBe('top');
  await writeFile(join(rootfs.path, 'written'), 'by the container');
  return { daemon, registry };
}

const mountTypes = (home: DaemonHome) => findMounts({ below: home.root }).map(({ type }) => type);

async function untilRestored(daemon: TestDaemon): Promise<void> {
  const restored = 'lazily mounted layers are restored';
  await waitUntil(() => daemon.log().some(({ msg }) => msg === restored), { what: () => daemon.stderr() });
}

describe.each(['crash', 'stop'] as const)('after a %s, a restarted sluiced', (how) => {
  it('has everything again without the network: what was mounted, and what had been read', async () => {
    await using home = createDaemonHome();
    const { daemon, registry } = await setUp(home);
    await registry[Symbol.asyncDispose]();
    await daemon[how]();
    const restarted = await home.start();
    await untilRestored(restarted);
    expect(mountTypes(home)).toEqual(layers.map(() => 'fuse.sluice'));
    using client = createSnapshotsClient(home.address);
    using rootfs = mountRootfs(home, await client.mounts('container'));
    expect(readdirSync(rootfs.path).sort()).toEqual(['read', 'top', 'unread', 'written']);
    expect((await readFile(join(rootfs.path, 'read'))).equals(noise(300_000))).toBe(true);
    expect(await readFile(join(rootfs.path, 'top'), 'utf8')).toBe('top');
    expect(await readFile(join(rootfs.path, 'written'), 'utf8')).toBe('by the container');
    await expect(readFile(join(rootfs.path, 'unread'))).rejects.toMatchObject({ code: 'EIO' });
    expect(await createAdminClient(home.adminAddress).status()).toMatchObject({
      healthy: true,
      snapshots: { active: 1, committed: 3, remote: 3 },
      layers: { mounted: 3, unavailable: 0 },
    });
  });
});

describe('a restarted sluiced', () => {
  it('fetches what had not been read, as before', async () => {
    await using home = createDaemonHome();
    const { daemon, registry } = await setUp(home);
    await using _registry = registry;
    await daemon.crash();
    await home.start();
    using client = createSnapshotsClient(home.address);
    using rootfs = mountRootfs(home, await client.mounts('container'));
    expect((await readFile(join(rootfs.path, 'unread'))).equals(unread)).toBe(true);
  });

  it('serves although a layer cannot come back; says which and why; and has it back when it can', async () => {
    await using home = createDaemonHome();
    const { daemon, registry } = await setUp(home);
    const port = Number(registry.host.split(':')[1]);
    await registry[Symbol.asyncDispose]();
    await daemon.crash();
    rmSync(join(home.root, 'layers', base.digest.slice('sha256:'.length)), { recursive: true });
    rmSync(join(home.root, 'manifests'), { recursive: true });

    const restarted = await home.start();
    await untilRestored(restarted);
    using client = createSnapshotsClient(home.address);
    const admin = createAdminClient(home.adminAddress);
    expect(mountTypes(home)).toHaveLength(2);
    const { problems, ...status } = await admin.status();
    expect(status).toMatchObject({
      healthy: false,
      layers: { mounted: 2, unavailable: 1, fallbacks: {} },
    });
    expect(problems).toEqual([expect.stringMatching(`${base.diffId} cannot be used: .*ECONNREFUSED`)]);
    const row = (await admin.snapshots()).find(({ name }) => name === base.diffId);
    expect(row).toMatchObject({ lazy: true, reason: expect.stringContaining('ECONNREFUSED') });
    const line = restarted.log().find(({ msg }) => msg === 'layer is unavailable');
    expect(line).toMatchObject({ level: 'warn', layer: base.diffId });
    await expect(client.mounts('container')).rejects.toThrow(`14 UNAVAILABLE: layer ${base.diffId} cannot`);
    expect(await client.prepare('of no layer', '')).toHaveLength(1);

    await using back = await createTestRegistry({ port });
    publishImage(back, layers);
    using rootfs = mountRootfs(home, await client.mounts('container'));
    expect((await readFile(join(rootfs.path, 'unread'))).equals(unread)).toBe(true);
    expect(await admin.status()).toMatchObject({ healthy: true, layers: { mounted: 3, unavailable: 0 } });
  });

  it('removes what a crash left that nobody owns', async () => {
    await using home = createDaemonHome();
    const { daemon, registry } = await setUp(home);
    await using _registry = registry;
    await daemon.crash();
    for (const name of ['new-1a2b3c4d5e6f', 'rm-9-1a2b3c4d5e6f', '4711'])
      mkdirSync(join(home.root, 'snapshots', name, 'fs'), { recursive: true });
    await home.start();
    const names = () => readdirSync(join(home.root, 'snapshots')).sort();
    await waitUntil(() => names().length === 4, { what: () => names().join(' ') });
    expect(names()).toEqual(['1', '2', '3', '4']);
  });
});
