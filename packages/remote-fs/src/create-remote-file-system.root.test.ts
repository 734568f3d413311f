import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listMounts, mountAt, unmount } from '@sluice/linux';
import { buildEstargz, buildTarGzip, type EstargzBlob, type LayerFile } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import type { TestImage } from '../test/test-image.ts';
import { eventually, noise } from '../test/test-layer.ts';
import { makeTestMounts } from '../test/test-mounts.ts';

const chunkSizeBytes = 64 * 1024;
const big = noise(10 * chunkSizeBytes + 100);
const files: LayerFile[] = [
  { name: 'etc', type: 'dir' },
  { name: 'etc/greeting', type: 'reg', content: 'hello', mode: 0o640, uid: 7, gid: 8, mtimeSec: 1e9 },
  { name: 'etc/empty', type: 'reg', content: '' },
  { name: 'etc/link', type: 'symlink', target: 'greeting' },
  { name: 'big', type: 'reg', content: big },
];
const base = buildEstargz(files, { chunkSizeBytes });
const top = buildEstargz([{ name: 'copy', type: 'reg', content: big }], { chunkSizeBytes });
const plain = buildTarGzip([{ name: 'file', type: 'reg', content: 'plain' }]);

const setUp = (layers: (EstargzBlob | typeof plain)[] = [base, top]) => makeTestMounts(layers);

describe('mounting a layer lazily', () => {
  it('shows the whole tree at once and its bytes when they are read', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(base));
    expect((await readdir(mountpoint, { recursive: true })).sort()).toEqual([
      'big',
      'etc',
      'etc/empty',
      'etc/greeting',
      'etc/link',
    ]);
    const { mode, uid, gid, mtimeMs, size } = await stat(join(mountpoint, 'etc/greeting'));
    expect({ mode: mode & 0o7777, uid, gid, mtimeMs, size }).toEqual({
      mode: 0o640,
      uid: 7,
      gid: 8,
      mtimeMs: 1e12,
      size: 5,
    });
    const before = test.image.blobRequests();
    expect(await readlink(join(mountpoint, 'etc/link'))).toBe('greeting');
    expect(test.image.blobRequests()).toBe(before);
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
    expect((await readFile(join(mountpoint, 'etc/empty'))).length).toBe(0);
    expect((await readFile(join(mountpoint, 'big'))).equals(big)).toBe(true);
  });

  it('tells what the layer is and what of it is here', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    const { fileSystem } = open;
    expect(fileSystem.describe(mountpoint)).toBeUndefined();
    expect(fileSystem.usage(mountpoint)).toEqual({ sizeBytes: 0, inodes: 0 });
    await fileSystem.mount(mountpoint, test.image.criLabels(base));
    expect(fileSystem.describe(mountpoint)).toEqual({
      layerDigest: base.digest,
      reference: test.image.reference,
      bytesLocal: 0,
      bytesTotal: big.length + 5,
    });
    expect(fileSystem.totals()).toEqual({ mounts: 1, bytesLocal: 0 });
    await readFile(join(mountpoint, 'big'));
    await readFile(join(mountpoint, 'etc/greeting'));
    await eventually(() => fileSystem.totals().bytesLocal === big.length + 5);
    expect(fileSystem.usage(mountpoint)).toEqual({ sizeBytes: big.length + 5, inodes: 2 });
  });

  it('answers a probe, whether something is mounted or not, or was taken away from outside', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    await open.fileSystem.probe();
    await open.fileSystem.mount(mountpoint, test.image.criLabels(base));
    await open.fileSystem.probe();
    unmount(mountpoint, { detach: true });
    await open.fileSystem.probe();
  });

  it('fetches the content that two layers have once', async () => {
    await using test = await setUp();
    await using open = test.root.open(test.image.client);
    const [one, other] = await Promise.all(['one', 'other'].map((name) => test.root.mountpoint(name)));
    await open.fileSystem.mount(one!, test.image.stargzLabels(base));
    await open.fileSystem.mount(other!, test.image.stargzLabels(top));
    expect((await readFile(join(one!, 'big'))).equals(big)).toBe(true);
    await eventually(() => open.fileSystem.describe(one!)!.bytesLocal >= big.length);
    const before = test.image.blobRequests();
    expect((await readFile(join(other!, 'copy'))).equals(big)).toBe(true);
    expect(test.image.blobRequests()).toBe(before);
  });

  it('serves one layer at two places, and goes on at one when the other is unmounted', async () => {
    await using test = await setUp();
    await using open = test.root.open(test.image.client);
    const [one, other] = await Promise.all(['one', 'other'].map((name) => test.root.mountpoint(name)));
    for (const mountpoint of [one!, other!]) {
      await open.fileSystem.mount(mountpoint, test.image.stargzLabels(base));
    }
    await readFile(join(one!, 'etc/greeting'));
    const before = test.image.blobRequests();
    expect(await readFile(join(other!, 'etc/greeting'), 'utf8')).toBe('hello');
    expect(test.image.blobRequests()).toBe(before);
    await open.fileSystem.unmount(one!);
    expect(mountAt(one!)).toBeUndefined();
    expect((await readFile(join(other!, 'big'))).equals(big)).toBe(true);
  });

  it('answers EIO while the registry sends wrong bytes, and the right ones afterwards', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(base));
    test.image.registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'corrupt' } : undefined));
    await expect(readFile(join(mountpoint, 'etc/greeting'))).rejects.toMatchObject({ code: 'EIO' });
    expect(test.root.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ layer: base.digest }) }),
    );
    test.image.registry.faults.clear();
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
  });

  it('unmounts everything when it is disposed, and refuses to go on', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    const open = test.root.open(test.image.client);
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(base));
    await open[Symbol.asyncDispose]();
    expect(mountAt(mountpoint)).toBeUndefined();
    expect(await readdir(mountpoint)).toEqual([]);
    await expect(open.fileSystem.check(mountpoint, test.image.stargzLabels(base))).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('notices when somebody else unmounts', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    const labels = test.image.stargzLabels(base);
    await open.fileSystem.mount(mountpoint, labels);
    unmount(mountpoint);
    await eventually(() => open.fileSystem.describe(mountpoint) === undefined);
    await open.fileSystem.check(mountpoint, labels);
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
  });
});

describe('refusing a layer', () => {
  const toc = 'containerd.io/snapshot/stargz/toc.digest';
  const wrong = `sha256:${'7'.repeat(64)}`;
  const none = `sha256:${'0'.repeat(64)}`;
  const without = ({ [toc]: _, ...labels }: Record<string, string>) => labels;

  it.each<[string, string, (image: TestImage) => Record<string, string>]>([
    ['without labels', 'no-labels', () => ({})],
    [
      'with a reference that is none',
      'no-labels',
      (image) => ({
        ...image.stargzLabels(base),
        'containerd.io/snapshot/remote/stargz.reference': 'http://../x y',
      }),
    ],
    ['that is no eStargz', 'unsupported-format', (image) => image.stargzLabels(plain)],
    ['with a wrong digest', 'corrupt', (image) => ({ ...image.stargzLabels(base), [toc]: wrong })],
    ['that nothing vouches for', 'unverified', (image) => without(image.stargzLabels(base))],
    [
      'that the registry does not have',
      'not-found',
      (image) => ({
        ...image.stargzLabels(base),
        'containerd.io/snapshot/remote/stargz.digest': none,
      }),
    ],
  ])('%s says why (%s), and leaves nothing mounted', async (_, reason, labelsOf) => {
    await using test = await setUp([base, plain]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    await expect(open.fileSystem.mount(mountpoint, labelsOf(test.image))).rejects.toMatchObject({
      name: 'NotLazyError',
      reason,
    });
    expect(mountAt(mountpoint)).toBeUndefined();
    expect(await readdir(mountpoint)).toEqual([]);
  });

  it('says so when the registry is gone, or wants credentials', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    const mount = () => open.fileSystem.mount(mountpoint, test.image.stargzLabels(base));
    test.image.registry.faults.always(() => ({ kind: 'status', status: 403 }));
    await expect(mount()).rejects.toMatchObject({ reason: 'unauthorized' });
    test.image.registry.faults.always(() => ({ kind: 'status', status: 503 }));
    await expect(mount()).rejects.toMatchObject({ reason: 'registry-unavailable' });
    test.image.registry.faults.clear();
    await mount();
  });

  it('says so when it cannot be mounted there', async () => {
    await using test = await setUp();
    await using open = test.root.open(test.image.client);
    const missing = join(test.root.path, 'mounts', 'missing');
    await expect(open.fileSystem.mount(missing, test.image.stargzLabels(base))).rejects.toMatchObject({
      reason: 'mount-failed',
    });
  });

  it('gives up with its caller', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    test.image.registry.faults.always(() => ({ kind: 'hang' }));
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const mounting = open.fileSystem.mount(mountpoint, test.image.stargzLabels(base), options);
    setTimeout(() => controller.abort(new Error('client gone')), 50);
    await expect(mounting).rejects.toThrow('client gone');
    expect(mountAt(mountpoint)).toBeUndefined();
  });

  it('takes a layer that nothing vouches for where that is allowed, but not one with a wrong digest', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client, { allowUnverified: true });
    const labels = test.image.stargzLabels(base);
    await expect(open.fileSystem.mount(mountpoint, { ...labels, [toc]: wrong })).rejects.toMatchObject({
      reason: 'corrupt',
    });
    await open.fileSystem.mount(mountpoint, without(labels));
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
  });
});

describe('restoring a mount', () => {
  it('needs no registry, and reads what was read before', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    const labels = test.image.criLabels(base);
    {
      await using open = test.root.open(test.image.client);
      await open.fileSystem.mount(mountpoint, labels);
      await readFile(join(mountpoint, 'etc/greeting'));
    }
    test.image.registry.faults.always(() => ({ kind: 'status', status: 503 }));
    await using open = test.root.open(test.image.client);
    const before = test.image.registry.requests.length;
    await open.fileSystem.restore(mountpoint, labels);
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
    expect(test.image.registry.requests.length).toBe(before);
    await expect(readFile(join(mountpoint, 'big'))).rejects.toMatchObject({ code: 'EIO' });
    await open.fileSystem.check(mountpoint, labels);
    test.image.registry.faults.clear();
    expect((await readFile(join(mountpoint, 'big'))).equals(big)).toBe(true);
  });

  it('keeps a mount that is alive', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    const labels = test.image.stargzLabels(base);
    await using open = test.root.open(test.image.client);
    await open.fileSystem.mount(mountpoint, labels);
    const { mountId } = mountAt(mountpoint)!;
    await open.fileSystem.restore(mountpoint, labels);
    await open.fileSystem.check(mountpoint, labels);
    expect(mountAt(mountpoint)!.mountId).toBe(mountId);
  });

  it('says why a layer that was never here cannot come back', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    test.image.registry.faults.always(() => ({ kind: 'status', status: 503 }));
    const labels = test.image.stargzLabels(base);
    await expect(open.fileSystem.restore(mountpoint, labels)).rejects.toThrow(base.digest);
    test.image.registry.faults.clear();
    await open.fileSystem.check(mountpoint, labels);
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
  });

  it('reads an index anew that was damaged', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    const labels = test.image.stargzLabels(base);
    {
      await using open = test.root.open(test.image.client);
      await open.fileSystem.mount(mountpoint, labels);
    }
    const layers = join(test.root.path, 'layers', base.digest.slice(7));
    const [index] = (await readdir(layers)).filter((name) => name.endsWith('.index'));
    await writeFile(join(layers, index!), 'broken');
    await using open = test.root.open(test.image.client);
    await open.fileSystem.restore(mountpoint, labels);
    expect(await readFile(join(mountpoint, 'etc/greeting'), 'utf8')).toBe('hello');
  });

  it('mounts nothing twice, and unmounts what is not mounted without complaint', async () => {
    await using test = await setUp();
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    const labels = test.image.stargzLabels(base);
    await Promise.all([
      open.fileSystem.restore(mountpoint, labels),
      open.fileSystem.check(mountpoint, labels),
    ]);
    expect(listMounts().filter((mount) => mount.mountPoint === mountpoint)).toHaveLength(1);
    await expect(open.fileSystem.mount(mountpoint, labels)).rejects.toMatchObject({ reason: 'mount-failed' });
    await open.fileSystem.unmount(mountpoint);
    await open.fileSystem.unmount(mountpoint);
    await mkdir(join(mountpoint, 'usable'));
  });
});
