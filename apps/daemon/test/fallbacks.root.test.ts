import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMounts } from '@sluice/linux';
import { brokenEstargz, buildEstargz, buildTarGzip, type LayerFile } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { type BuiltLayer, publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const files: LayerFile[] = [{ name: 'greeting', type: 'reg', content: 'hello' }];
const base = buildEstargz([{ name: 'base', type: 'reg', content: 'base' }]);

interface Case {
  readonly name: string;
  readonly layer: BuiltLayer;
  readonly reason: string;
  /** In the log. */
  readonly problem: RegExp;
  /** The registry's state when the layer is asked for. */
  readonly registry?: 'gone' | 'without the layer' | 'closed to us';
  readonly config?: string;
}

const good = buildEstargz(files);
const cases: readonly Case[] = [
  {
    name: 'is not eStargz',
    layer: buildTarGzip(files),
    reason: 'unsupported-format',
    problem: /is none of: estargz; convert the image/,
  },
  {
    name: 'has another table of contents than the image says',
    layer: brokenEstargz('wrong-toc-digest', files),
    reason: 'corrupt',
    problem: /sha256:5555/,
  },
  {
    name: 'comes without a digest of its table of contents',
    layer: brokenEstargz('no-toc-digest', files),
    reason: 'unverified',
    problem: /allow_unverified|allowUnverified|digest/,
  },
  {
    name: 'leads out of its own tree',
    layer: brokenEstargz('path-outside-layer', files),
    reason: 'corrupt',
    problem: /\.\./,
  },
  {
    name: 'lies in a registry that is gone',
    layer: good,
    reason: 'registry-unavailable',
    problem: /ECONNREFUSED/,
    registry: 'gone',
  },
  {
    name: 'is not in its registry',
    layer: good,
    reason: 'not-found',
    problem: /404/,
    registry: 'without the layer',
  },
  {
    name: 'may not be read',
    layer: good,
    reason: 'unauthorized',
    problem: /401|403/,
    registry: 'closed to us',
  },
  {
    name: 'is not to be mounted lazily, as configured,',
    layer: good,
    reason: 'no-file-system',
    problem: /switched off/,
    config: '[fuse]\ndriver = "none"\n',
  },
];

describe.each(cases)('a layer that $name', ({ layer, reason, problem, registry: state, config = '' }) => {
  it(`becomes an ordinary snapshot, and everybody is told: ${reason}`, async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [base, layer]);
    const labels = image.labelsOf(layer);
    if (state === 'gone') await registry[Symbol.asyncDispose]();
    if (state === 'closed to us') registry.faults.always(() => ({ kind: 'status', status: 403 }));
    if (state === 'without the layer')
      registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'status', status: 404 } : undefined));
    const daemon = await home.start({ config });
    using client = createSnapshotsClient(home.address);
    const admin = createAdminClient(home.adminAddress);

    const mounts = await client.prepare('ns/1/extract', '', labels);
    expect(findMounts({ below: home.root })).toEqual([]);
    const unpacked = mountRootfs(home, mounts);
    await writeFile(join(unpacked.path, 'greeting'), 'unpacked by containerd');
    unpacked[Symbol.dispose]();
    const rowOf = async (name: string) => (await admin.snapshots()).find((row) => row.name === name);
    expect(await rowOf('ns/1/extract')).toMatchObject({ kind: 'active', lazy: false, reason });
    await client.commit('ns/2/layer', 'ns/1/extract');
    expect(await rowOf('ns/2/layer')).toMatchObject({ kind: 'committed', lazy: false, reason });
    using rootfs = mountRootfs(home, await client.prepare('container', 'ns/2/layer'));
    expect(readdirSync(rootfs.path)).toEqual(['greeting']);
    expect(await readFile(join(rootfs.path, 'greeting'), 'utf8')).toBe('unpacked by containerd');

    const { healthy, layers } = await admin.status();
    expect({ healthy, layers }).toEqual({
      healthy: true,
      layers: { mounted: 0, unavailable: 0, fallbacks: { [reason]: 1 } },
    });
    const metrics = await admin.metrics();
    expect(metrics.get(`sluice_layer_fallbacks_total{reason="${reason}"}`)).toBe(1);
    const lines = daemon.log().filter((line) => 'remote-snapshot-prepared' in line);
    expect(lines).toMatchObject([
      {
        level: 'warn',
        'remote-snapshot-prepared': 'false',
        key: 'ns/1/extract',
        parent: '',
        target: layer.diffId,
        reason,
        problem: expect.stringMatching(problem),
      },
    ]);
  });
});

describe('an ordinary layer among lazy ones', () => {
  it('stands on them and under them', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const plain = buildTarGzip([{ name: 'plain', type: 'reg', content: 'plain' }]);
    const top = buildEstargz([{ name: 'top', type: 'reg', content: 'top' }]);
    const image = publishImage(registry, [base, plain, top]);
    await home.start();
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('1', '', image.labelsOf(base))).rejects.toMatchObject({ code: 6 });
    {
      using unpacked = mountRootfs(home, await client.prepare('2', base.diffId, image.labelsOf(plain)));
      expect(await readFile(join(unpacked.path, 'base'), 'utf8')).toBe('base');
      await writeFile(join(unpacked.path, 'plain'), 'plain');
    }
    await client.commit('ns/2/plain', '2');
    await expect(client.prepare('3', 'ns/2/plain', image.labelsOf(top))).rejects.toMatchObject({ code: 6 });
    using rootfs = mountRootfs(home, await client.prepare('container', top.diffId));
    for (const name of ['base', 'plain', 'top']) {
      expect(await readFile(join(rootfs.path, name), 'utf8')).toBe(name);
    }
  });
});
