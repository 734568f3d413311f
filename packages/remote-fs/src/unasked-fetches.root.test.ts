import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz, type LayerFile } from '@sluice/testkit/estargz';
import { createMemoryProfileStore } from '@sluice/testkit/remote-fs';
import { describe, expect, it } from 'vitest';
import { makeTestRoot } from '../test/test-file-system.ts';
import { eventually, noise } from '../test/test-layer.ts';
import { makeTestMounts } from '../test/test-mounts.ts';

const chunkSizeBytes = 64 * 1024;

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
    await using test = await makeTestMounts([marked]);
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
    await using test = await makeTestMounts([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client, { fetch: { prefetch: false } });
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open.fileSystem.describe(mountpoint)!.bytesLocal).toBe(0);
  });

  it('brings the rest when it is quiet, in few requests', async () => {
    await using test = await makeTestMounts([marked]);
    const mountpoint = await test.root.mountpoint('fs');
    await using open = test.root.open(test.image.client, { fetch: { background: true, quietMs: 50 } });
    await open.fileSystem.mount(mountpoint, test.image.stargzLabels(marked));
    await eventually(() => open.fileSystem.describe(mountpoint)!.bytesLocal === first.length + rest.length);
    expect(test.image.blobRequests()).toBeLessThan(8);
    await test.image.registry[Symbol.asyncDispose]();
    expect((await readFile(join(mountpoint, 'rest'))).equals(rest)).toBe(true);
  });

  it('leaves a prefetch that fails to the readers', async () => {
    await using test = await makeTestMounts([marked]);
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

  async function readAll(mountpoint: string, files: readonly number[]): Promise<void> {
    for (const at of files) {
      expect((await readFile(join(mountpoint, `f${at}`))).equals(contents[at]!)).toBe(true);
    }
  }

  it('fetches it the next time before it is asked for, in fewer requests', async () => {
    await using test = await makeTestMounts([layer]);
    await using elsewhere = await makeTestRoot();
    const labels = test.image.criLabels(layer);
    const options = { profiles: { settledMs: 1500 } };
    const profileStore = createMemoryProfileStore();
    await using first = test.root.open(test.image.client, options, { profileStore });
    const mountpoint = await test.root.mountpoint('fs');
    await first.fileSystem.mount(mountpoint, labels);
    await readAll(mountpoint, wanted);
    const image = test.image.manifestDigest;
    await eventually(async () => (await profileStore.load(image)) !== undefined);
    const profile = await profileStore.load(image);
    expect(profile).toMatchObject({ image, reference: test.image.reference });
    expect(profile!.layers[layer.digest]).toHaveLength(wanted.length);
    await first.fileSystem.unmount(mountpoint);

    await using second = elsewhere.open(test.image.client, options, { profileStore });
    await second.fileSystem.mount(mountpoint, labels);
    const needed = wanted.length * 90_000;
    await eventually(() => second.fileSystem.describe(mountpoint)!.bytesLocal >= needed);
    const before = test.image.blobRequests();
    await readAll(mountpoint, wanted);
    expect(test.image.blobRequests()).toBe(before);
    expect(second.fileSystem.describe(mountpoint)!.bytesLocal).toBeLessThan(2 * needed);
    // A start with other arguments: what it reads besides is added.
    await readAll(mountpoint, [5]);
    await eventually(
      async () => (await profileStore.load(image))!.layers[layer.digest]!.length === wanted.length + 1,
    );
    expect((await profileStore.load(image))!.layers[layer.digest]!.slice(0, -1)).toEqual(
      profile!.layers[layer.digest],
    );
    await second.fileSystem.unmount(mountpoint);
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
    await using test = await makeTestMounts([layer]);
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

async function readPiece(path: string, offset: number, length: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function bytesBelow(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  // A file may be removed, or get its final name, while we look.
  const gone = { blocks: 0 };
  const stats = await Promise.all(
    files.map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => gone)),
  );
  return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
}
