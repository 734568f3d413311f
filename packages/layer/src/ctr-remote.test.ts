import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createMemoryBlob, describeLayer, type LayerNode } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { chunkRange, contentChunks } from './chunk-queries.ts';
import { decodeChunk } from './decode-chunk.ts';
import { createEstargzFormat } from './estargz/create-estargz-format.ts';
import type { LayerIndex } from './layer-index.ts';

interface Truth {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtimeSec: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  readonly device?: readonly [number, number];
  readonly xattrs: Readonly<Record<string, string>>;
}

const fixtures = new URL('../fixtures/ctr-remote/', import.meta.url);
const readJson = async (name: string) => JSON.parse(await readFile(new URL(name, fixtures), 'utf8'));

async function openFixture(name: string) {
  const descriptors: { file: string; annotations: Record<string, string> }[] =
    await readJson('descriptors.json');
  const { annotations } = descriptors.find(({ file }) => file === name)!;
  const blob = createMemoryBlob(await readFile(new URL(name, fixtures)));
  return { index: (await createEstargzFormat().open(blob, { annotations }))!, blob };
}

async function readContent(index: LayerIndex, blob: ReturnType<typeof createMemoryBlob>, content: number) {
  const parts: Uint8Array[] = [];
  const { first, end } = contentChunks(index, content);
  for (let chunk = first; chunk < end; chunk++) {
    const { offset, length } = chunkRange(index, chunk);
    parts.push(await decodeChunk(index, chunk, await blob.read(offset, length)));
  }
  return Buffer.concat(parts);
}

const device = (node: LayerNode) => [
  (node.rdev >> 8) & 0xfff,
  (node.rdev & 0xff) | ((node.rdev >>> 12) & 0xfff00),
];

describe('layers that ctr-remote converted', () => {
  it('have the tree that lstat saw before', async () => {
    const { index } = await openFixture('base.esgz');
    const truth: Record<string, Truth> = await readJson('base.lstat.json');
    const tree = describeLayer(index);
    expect([...tree.keys()].sort()).toEqual(Object.keys(truth).sort());
    for (const [path, expected] of Object.entries(truth)) {
      const node = tree.get(path)!;
      const { mode, uid, gid, nlink, mtimeSec } = node;
      expect({ path, mode, uid, gid, nlink, mtimeSec }).toEqual({
        path,
        mode: expected.mode,
        uid: expected.uid,
        gid: expected.gid,
        nlink: expected.nlink,
        mtimeSec: expected.mtimeSec,
      });
      expect(node.target).toBe(expected.target);
      if (expected.device) expect(device(node)).toEqual(expected.device);
      const xattrs = Object.entries(expected.xattrs).map(([key, hex]) => [
        key,
        Buffer.from(hex, 'hex').toString(),
      ]);
      expect(node.xattrs).toEqual(Object.fromEntries(xattrs));
    }
  });

  it('have the contents that sha256sum saw before', async () => {
    const { index, blob } = await openFixture('base.esgz');
    const truth: Record<string, Truth> = await readJson('base.lstat.json');
    const tree = describeLayer(index);
    for (const [path, { sha256, size }] of Object.entries(truth)) {
      if (!sha256) continue;
      expect(tree.get(path)!.size).toBe(size);
      const { content } = tree.get(path)!;
      const bytes = content === undefined ? Buffer.alloc(0) : await readContent(index, blob, content);
      expect({ path, sha256: hash('sha256', bytes) }).toEqual({ path, sha256 });
    }
  });

  it('have whiteouts and opaque directories as overlayfs wants them', async () => {
    const whiteout = describeLayer((await openFixture('whiteout.esgz')).index);
    expect([...whiteout.keys()]).toEqual(['', 'opt', 'opt/old']);
    expect(whiteout.get('opt/old')).toMatchObject({ mode: 0o020000, rdev: 0 });
    const opaque = describeLayer((await openFixture('opaque.esgz')).index);
    expect(opaque.get('usr')!.xattrs).toEqual({ 'trusted.overlay.opaque': 'y' });
    expect(opaque.get('usr/passwd')!.size).toBe(26);
  });
});
