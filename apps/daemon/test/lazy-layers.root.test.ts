import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMounts } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const big = noise(2 << 20);
const base = buildEstargz(
  [
    { name: 'etc/greeting', type: 'reg', content: 'hello' },
    { name: 'etc/replaced', type: 'reg', content: 'old' },
    { name: 'lib/big', type: 'reg', content: big },
  ],
  { chunkSizeBytes: 64 << 10 },
);
const top = buildEstargz([
  { name: 'etc/replaced', type: 'reg', content: 'new' },
  { name: 'lib/.wh.nothing', type: 'reg', content: '' },
]);

function bytesSent(registry: TestRegistry): number {
  return registry.requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}

describe('an image whose layers are all eStargz', () => {
  it('is there without its bytes; they come when they are read, once, and are counted', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [base, top]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    const admin = createAdminClient(home.adminAddress);

    const [first, second] = [image.labelsOf(base), image.labelsOf(top)];
    await expect(client.prepare('extract 1', '', first)).rejects.toMatchObject({ code: 6 });
    await expect(client.prepare('extract 2', base.diffId, second)).rejects.toMatchObject({ code: 6 });
    expect(await client.stat(top.diffId)).toMatchObject({
      kind: 'COMMITTED',
      parent: base.diffId,
      labels: second,
    });
    expect(findMounts({ below: home.root }).map(({ type }) => type)).toEqual(['fuse.sluice', 'fuse.sluice']);
    expect(bytesSent(registry)).toBeLessThan(big.length / 10);

    using rootfs = mountRootfs(home, await client.prepare('container', top.diffId));
    expect(readdirSync(join(rootfs.path, 'etc')).sort()).toEqual(['greeting', 'replaced']);
    expect(await readFile(join(rootfs.path, 'etc/greeting'), 'utf8')).toBe('hello');
    expect(await readFile(join(rootfs.path, 'etc/replaced'), 'utf8')).toBe('new');
    expect((await readFile(join(rootfs.path, 'lib/big'))).equals(big)).toBe(true);
    await writeFile(join(rootfs.path, 'etc/greeting'), 'changed');
    expect(await readFile(join(rootfs.path, 'etc/greeting'), 'utf8')).toBe('changed');

    const requests = registry.requests.length;
    using another = mountRootfs(home, await client.view('view', base.diffId));
    expect((await readFile(join(another.path, 'lib/big'))).equals(big)).toBe(true);
    expect(registry.requests.length).toBe(requests);

    expect(await admin.status()).toMatchObject({
      healthy: true,
      problems: [],
      snapshots: { active: 1, view: 1, committed: 2, remote: 2 },
      layers: { mounted: 2, unavailable: 0, fallbacks: {} },
      content: { bytesFetched: bytesSent(registry) },
    });
    expect(await admin.snapshots()).toMatchObject([
      { name: base.diffId, kind: 'committed', lazy: true, layer: base.digest, bytesTotal: big.length + 8 },
      { name: top.diffId, parent: base.diffId, lazy: true, layer: top.digest, bytesLocal: 3, bytesTotal: 3 },
      { name: 'container', parent: top.diffId, kind: 'active', lazy: false },
      { name: 'view', kind: 'view', lazy: false },
    ]);
    const metrics = await admin.metrics();
    expect(metrics.get('sluice_registry_requests_total{kind="blob",status="206"}')).toBe(
      registry.requests.filter(({ kind }) => kind === 'blob').length,
    );
    expect(metrics.get('sluice_layer_mount_duration_seconds_count')).toBe(2);
    expect(metrics.get('sluice_read_miss_duration_seconds_count{outcome="ok"}')).toBeGreaterThan(0);
    expect(
      metrics.get('sluice_grpc_call_duration_seconds_count{method="Prepare",code="ALREADY_EXISTS"}'),
    ).toBe(2);
    expect(daemon.log().filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('is said to be prepared in the log, once a layer, in the words that scripts look for', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [base, top]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract 1', '', image.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    await expect(client.prepare('extract 2', base.diffId, image.labelsOf(top))).rejects.toMatchObject({
      code: 6,
    });
    await expect(client.prepare('again', '', image.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    await client.prepare('container', top.diffId);
    const lines = daemon.log().filter((line) => 'remote-snapshot-prepared' in line);
    expect(lines.map((line) => [line['remote-snapshot-prepared'], line['key'], line['parent']])).toEqual([
      ['true', 'extract 1', ''],
      ['true', 'extract 2', base.diffId],
      ['true', 'again', ''],
    ]);
  });

  it('goes away with its snapshots: no mount, no directory', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [base, top]);
    await home.start({ config: '[snapshotter]\nasync_remove = false\n' });
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract 1', '', image.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    await expect(client.prepare('extract 2', base.diffId, image.labelsOf(top))).rejects.toMatchObject({
      code: 6,
    });
    await client.prepare('container', top.diffId);
    for (const name of ['container', top.diffId, base.diffId]) await client.remove(name);
    expect(findMounts({ below: home.root })).toEqual([]);
    expect(readdirSync(join(home.root, 'snapshots'))).toEqual([]);
  });
});

describe('a registry that does not send what the image promises', () => {
  it('gives EIO where it is read, a line in the log, and nothing that is kept', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [base]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    using rootfs = mountRootfs(home, await client.view('view', base.diffId));
    registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'corrupt' } : undefined));
    await expect(readFile(join(rootfs.path, 'lib/big'))).rejects.toMatchObject({ code: 'EIO' });
    const failed = daemon.log().find(({ level }) => level === 'error');
    expect(failed).toMatchObject({ msg: 'a read from a lazily mounted layer failed', layer: base.digest });
    registry.faults.clear();
    expect((await readFile(join(rootfs.path, 'lib/big'))).equals(big)).toBe(true);
  });

  it('keeps from reading what is still there, and nothing else', async () => {
    await using registry = await createTestRegistry();
    await using other = await createTestRegistry();
    await using home = createDaemonHome();
    const [here, there] = [publishImage(registry, [base]), publishImage(other, [top])];
    await home.start();
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract 1', '', here.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    await expect(client.prepare('extract 2', '', there.labelsOf(top))).rejects.toMatchObject({ code: 6 });
    using gone = mountRootfs(home, await client.view('view 1', base.diffId));
    using well = mountRootfs(home, await client.view('view 2', top.diffId));
    expect(await readFile(join(gone.path, 'etc/greeting'), 'utf8')).toBe('hello');
    await registry[Symbol.asyncDispose]();
    await expect(readFile(join(gone.path, 'lib/big'))).rejects.toMatchObject({ code: 'EIO' });
    expect(await readFile(join(gone.path, 'etc/greeting'), 'utf8')).toBe('hello');
    expect(readdirSync(join(gone.path, 'lib'))).toEqual(['big']);
    expect(await readFile(join(well.path, 'etc/replaced'), 'utf8')).toBe('new');
  });
});
