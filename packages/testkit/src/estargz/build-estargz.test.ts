import { execFileSync } from 'node:child_process';
import { createHash, hash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createEstargzFormat } from '@sluice/layer';
import { unpackTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { brokenEstargz, estargzDefects } from './broken-estargz.ts';
import { buildEstargz } from './build-estargz.ts';
import { buildEstargzFile } from './build-estargz-file.ts';
import { buildTarGzip } from './build-tar-gzip.ts';
import { describeLayer } from './describe-layer.ts';
import type { LayerFile } from './layer-file.ts';
import { makeImage } from './make-image.ts';
import { createMemoryBlob } from './memory-blob.ts';
import { scanDirectory } from './scan-directory.ts';

const longName = `long/${'n'.repeat(120)}/é`;
const files: readonly LayerFile[] = [
  { name: 'd/', type: 'dir', mode: 0o1777 },
  {
    name: 'd/f',
    type: 'reg',
    content: 'x'.repeat(1500),
    uid: 3_000_000,
    gid: 7,
    mtimeSec: 12,
    mtimeNsec: 500_000_000,
  },
  { name: longName, type: 'reg', content: 'y', xattrs: { 'user.a': Buffer.from([0, 10, 255]) } },
  { name: 's', type: 'symlink', target: 't'.repeat(130) },
  { name: 'h', type: 'hardlink', target: 'd/f' },
  { name: 'c', type: 'char', major: 5, minor: 1 },
  { name: 'p', type: 'fifo' },
];

async function workDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'sluice-testkit-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe('a blob from the builders', () => {
  it.each([
    ['eStargz', buildEstargz(files, { chunkSizeBytes: 1000 })],
    ['eStargz with shared members', buildEstargz(files, { minMemberBytes: 4096 })],
    ['ordinary', buildTarGzip(files)],
  ])('is a tar.gz to an independent reader, with the digests that it says: %s', async (_, built) => {
    const tar = gunzipSync(built.blob);
    expect(built.diffId).toBe(`sha256:${hash('sha256', tar)}`);
    expect(built.digest).toBe(`sha256:${hash('sha256', built.blob)}`);
    expect(built.size).toBe(built.blob.length);
    const entries = new Map((await unpackTar(tar)).map((entry) => [entry.header.name, entry]));
    expect(Buffer.from(entries.get('d/f')!.data!).toString()).toBe('x'.repeat(1500));
    expect(entries.get('d/f')!.header).toMatchObject({ uid: 3_000_000, gid: 7 });
    expect(entries.get(longName)!.header.pax).toMatchObject({ path: longName });
    expect(entries.get('s')!.header).toMatchObject({ type: 'symlink', linkname: 't'.repeat(130) });
    expect(entries.get('h')!.header).toMatchObject({ type: 'link', linkname: 'd/f' });
    expect(entries.get('c')!.header).toMatchObject({ type: 'character-device' });
  });

  it('unpacks with tar(1)', async () => {
    await using work = await workDirectory();
    const path = join(work.path, 'layer.tar.gz');
    buildEstargzFile(
      files.filter(({ type }) => type !== 'char'),
      path,
    );
    execFileSync('tar', ['-xzf', path, '-C', work.path, '--no-same-owner']);
    expect(await readFile(join(work.path, 'd/f'), 'utf8')).toBe('x'.repeat(1500));
    expect(await readFile(join(work.path, longName), 'utf8')).toBe('y');
  });

  it('is the same in memory and as a file', async () => {
    await using work = await workDirectory();
    const path = join(work.path, 'layer');
    const inMemory = buildEstargz(files, { chunkSizeBytes: 700, prioritized: ['d/f'] });
    const asFile = buildEstargzFile(files, path, { chunkSizeBytes: 700, prioritized: ['d/f'] });
    expect((await readFile(path)).equals(inMemory.blob)).toBe(true);
    expect(asFile.annotations).toEqual(inMemory.annotations);
  });
});

describe('scanDirectory', () => {
  it('describes a directory such that the layer has its tree', async () => {
    await using work = await workDirectory();
    const root = join(work.path, 'root');
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/f'), 'x'.repeat(5000), { mode: 0o755 });
    await link(join(root, 'a/f'), join(root, 'a/b/second'));
    await symlink('../f', join(root, 'a/b/s'));
    const built = buildEstargzFile(scanDirectory(root), join(work.path, 'blob'), { chunkSizeBytes: 2000 });
    const blob = createMemoryBlob(await readFile(built.path));
    const index = (await createEstargzFormat().open(blob, { annotations: built.annotations }))!;
    const tree = describeLayer(index);
    const names = await readdir(root, { recursive: true });
    expect([...tree.keys()].sort()).toEqual(['', ...names].sort());
    expect(tree.get('a/f')).toMatchObject({ mode: 0o100755, nlink: 2, size: 5000 });
    expect(tree.get('a/b/s')).toMatchObject({ target: '../f' });
    expect(index.chunkCount).toBe(3);
  });
});

describe('brokenEstargz', () => {
  it.each(estargzDefects)('makes a blob that still is one tar.gz: %s', (defect) => {
    const { blob, diffId } = brokenEstargz(defect, files, { chunkSizeBytes: 1000 });
    expect(`sha256:${createHash('sha256').update(gunzipSync(blob)).digest('hex')}`).toBe(diffId);
  });
});

describe('makeImage', () => {
  it('ties manifest, config and layers together by their digests', () => {
    const lazy = buildEstargz(files);
    const plain = buildTarGzip(files);
    const image = makeImage([lazy, plain], { Cmd: ['/bin/true'] });
    const manifest = JSON.parse(image.manifest.bytes.toString());
    const config = JSON.parse(image.config.bytes.toString());
    expect(image.manifest.digest).toBe(`sha256:${hash('sha256', image.manifest.bytes)}`);
    expect(manifest.config).toMatchObject({ digest: image.config.digest, size: image.config.bytes.length });
    expect(manifest.layers[0]).toMatchObject({
      digest: lazy.digest,
      size: lazy.size,
      annotations: { 'containerd.io/snapshot/stargz/toc.digest': lazy.tocDigest },
    });
    expect(manifest.layers[1]).not.toHaveProperty('annotations');
    expect(config.rootfs.diff_ids).toEqual([lazy.diffId, plain.diffId]);
    expect(config.config.Cmd).toEqual(['/bin/true']);
  });
});
