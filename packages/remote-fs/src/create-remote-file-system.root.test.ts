import { mkdir, open, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listMounts, mountAt, unmount } from '@sluice/linux';
import { buildEstargz, buildTarGzip, type EstargzBlob, type LayerFile } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { makeTestRoot, type TestRoot } from '../test/test-file-system.ts';
import { makeTestImage, type TestImage } from '../test/test-image.ts';
import { eventually, noise } from '../test/test-layer.ts';

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

interface Setup extends AsyncDisposable {
  readonly root: TestRoot;
  readonly image: TestImage;
}

async function setUp(layers: (EstargzBlob | typeof plain)[] = [base, top]): Promise<Setup> {
  const root = await makeTestRoot();
  const image = await makeTestImage(layers);
  return {
    root,
    image,
    async [Symbol.asyncDispose]() {
      const left = listMounts().filter((mount) => mount.mountPoint.startsWith(`${root.path}/`));
      for (const { mountPoint } of left) unmount(mountPoint, { detach: true });
      await image[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
      expect(left).toEqual([]);
    },
  };
}

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

describe('fetching what nobody has asked for', () => {
  const first = noise(3 * chunkSizeBytes, 2);
  const rest = noise(20 * chunkSizeBytes, 3);
  const landmark: LayerFile[] = [
    { name: 'first', type: 'reg', content: first },
    { name: '.prefetch.landmark', type: 'reg', content: Buffer.of(0xf) },
    { name: 'rest', type: 'reg', content: rest },
  ];
  const marked = buildEstargz(landmark, { chunkSizeBytes });

  it('brings what comes before the landmark as soon as the layer is mounted, and no more', async () => {
    await using test = await setUp([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await eventually(() => open.fileSystem.describe(mountpoint)!.bytesLocal === first.length);
    const before = test.image.blobRequests();
    expect((await readFile(join(mountpoint, 'first'))).equals(first)).toBe(true);
    expect(test.image.blobRequests()).toBe(before);
    expect(open.fileSystem.describe(mountpoint)!.bytesLocal).toBe(first.length);
  });

  it('does not where that is not wanted', async () => {
    await using test = await setUp([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client, { fetch: { prefetch: false } });
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open.fileSystem.describe(mountpoint)!.bytesLocal).toBe(0);
  });

  it('brings the rest when it is quiet, in few requests', async () => {
    await using test = await setUp([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client, { fetch: { background: true, quietMs: 50 } });
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await eventually(() => open.fileSystem.describe(mountpoint)!.bytesLocal === first.length + rest.length);
    expect(test.image.blobRequests()).toBeLessThan(8);
    await test.image.registry[Symbol.asyncDispose]();
    expect((await readFile(join(mountpoint, 'rest'))).equals(rest)).toBe(true);
  });

  it('leaves a prefetch that fails to the readers', async () => {
    await using test = await setUp([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client);
    const elsewhere = await test.root.mountpoint('elsewhere');
    await using indexOnly = test.root.open(test.image.client, { fetch: { prefetch: false } });
    await indexOnly.fileSystem.mount(elsewhere, test.image.stargzLabels(marked));
    test.image.registry.faults.always(({ kind }) => (kind === 'blob' ? { kind: 'corrupt' } : undefined));
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await eventually(() => test.image.blobRequests() > 1);
    test.image.registry.faults.clear();
    expect((await readFile(join(mountpoint, 'first'))).equals(first)).toBe(true);
  });
});

describe('learning what a start of an image reads', () => {
  // Incompressible, and so far from each other that reading one brings no other.
  const names = Array.from({ length: 40 }, (_, at) => `f${at}`);
  const contents = names.map((_, at) => noise(90_000, at + 500));
  const layer = buildEstargz(names.map((name, at) => ({ name, type: 'reg', content: contents[at]! })));
  const wanted = [31, 2, 17, 9, 25];

  async function readAll(mountpoint: string): Promise<void> {
    for (const at of wanted) {
      expect((await readFile(join(mountpoint, `f${at}`))).equals(contents[at]!)).toBe(true);
    }
  }

  it('fetches it the next time before it is asked for, in fewer requests', async () => {
    await using test = await setUp([layer]);
    await using elsewhere = await makeTestRoot();
    const labels = test.image.criLabels(layer);
    const options = { profiles: { settledMs: 50 } };
    await using first = test.root.open(test.image.client, options);
    const mountpoint = await test.root.mountpoint('fs');
    await first.fileSystem.mount(mountpoint, labels);
    await readAll(mountpoint);
    await eventually(async () => (await first.fileSystem.profiles.list()).length === 1);
    const [profile] = await first.fileSystem.profiles.list();
    expect(profile).toMatchObject({ image: test.image.manifestDigest, reference: test.image.reference });
    expect(profile!.layers[layer.digest]).toHaveLength(wanted.length);
    await first.fileSystem.unmount(mountpoint);

    await using second = elsewhere.open(test.image.client, options);
    await second.fileSystem.profiles.save(profile!);
    await second.fileSystem.mount(mountpoint, labels);
    const needed = wanted.length * 90_000;
    await eventually(() => second.fileSystem.describe(mountpoint)!.bytesLocal >= needed);
    const before = test.image.blobRequests();
    await readAll(mountpoint);
    expect(test.image.blobRequests()).toBe(before);
    expect(second.fileSystem.describe(mountpoint)!.bytesLocal).toBeLessThan(2 * needed);
    await second.fileSystem.unmount(mountpoint);
  });

  it('learns nothing where that is not wanted', async () => {
    await using test = await setUp([layer]);
    await using open = test.root.open(test.image.client, { profiles: false });
    const mountpoint = await test.root.mountpoint('fs');
    await open.fileSystem.mount(mountpoint, test.image.criLabels(layer));
    await readAll(mountpoint);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await open.fileSystem.profiles.list()).toEqual([]);
  });
});

describe('a bounded content store below mounts', () => {
  it('costs a fetch when what is read was removed, and never a wrong byte or an error', async () => {
    const sizes = Array.from({ length: 12 }, (_, at) =>
      at % 3 === 0 ? 5 * chunkSizeBytes + at : 30_000 + at,
    );
    const contents = sizes.map((sizeBytes, at) => noise(sizeBytes, at + 100));
    const layer = buildEstargz(
      contents.map((content, at) => ({ name: `f${at}`, type: 'reg', content })),
      { chunkSizeBytes },
    );
    await using test = await setUp([layer]);
    const mountpoint = await test.root.mountpoint('fs');
    const options = { content: { maxSizeBytes: 6 * chunkSizeBytes }, fetch: { quietMs: 5 } };
    await using bounded = test.root.open(test.image.client, options);
    const pieceBytes = 16 * 1024;
    const pieces = contents.flatMap((content, at) =>
      Array.from({ length: Math.ceil(content.length / pieceBytes) }, (_, piece) => [at, piece * pieceBytes]),
    ) as [number, number][];
    // The kernel keeps what was read until a layer is unmounted, so each piece is asked for once a round.
    for (let round = 0; round < 4; round++) {
      await bounded.fileSystem.mount(mountpoint, test.image.stargzLabels(layer));
      for (let step = 0; step < pieces.length; step++) {
        const [at, offset] = pieces[(step * 29) % pieces.length]!;
        if (step % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 15));
        void bounded.fileSystem.trimContents();
        const piece = await readPiece(join(mountpoint, `f${at}`), offset, pieceBytes);
        expect(piece.equals(contents[at]!.subarray(offset, offset + pieceBytes))).toBe(true);
      }
      await bounded.fileSystem.unmount(mountpoint);
    }
    expect(test.image.blobRequests()).toBeGreaterThan(contents.length);
    expect(test.root.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await eventually(async () => {
      await bounded.fileSystem.trimContents();
      return (await bytesBelow(join(test.root.path, 'content'))) <= 6 * chunkSizeBytes;
    });
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

async function readPiece(path: string, offset: number, length: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function bytesBelow(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const stats = await Promise.all(files.map((entry) => stat(join(entry.parentPath, entry.name))));
  return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
}
