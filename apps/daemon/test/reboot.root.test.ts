import { rmSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

vi.setConfig({ testTimeout: 60_000 });

const whole = noise(2 << 20, 1);
/** In chunks, of which the first is read before the end. */
const half = noise(2 << 20, 2);
const layer = buildEstargz(
  [
    { name: 'whole', type: 'reg', content: whole },
    { name: 'half', type: 'reg', content: half },
    { name: 'small', type: 'reg', content: 'a small file' },
  ],
  { chunkSizeBytes: 256 << 10 },
);
const config = '[fetch]\nprefetch = false\nbackground = false\nlearn = false\n';

/** As the machine does that is switched off: no process, no mount, and nothing in memory stays. */
async function switchOff(home: DaemonHome, daemon: TestDaemon): Promise<void> {
  await daemon.crash();
  await home.endAll();
  for (const name of ['s.sock', 'admin.sock', 'holder.sock', 'mounts'])
    rmSync(join(home.directory, name), { recursive: true, force: true });
}

describe('after a restart of the machine, with the registry unreachable, sluiced', () => {
  it('has all snapshots; containers start and read what is here; the rest is EIO until the registry is back', async () => {
    await using home = createDaemonHome();
    const registry = await createTestRegistry();
    const port = Number(registry.host.split(':')[1]);
    const image = publishImage(registry, [layer]);
    const daemon = await home.start({ config });
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    {
      using rootfs = mountRootfs(home, await client.prepare('container', layer.diffId));
      expect((await readFile(join(rootfs.path, 'whole'))).equals(whole)).toBe(true);
      expect(await readStart(join(rootfs.path, 'half'))).toEqual(half.subarray(0, 4096));
      await writeFile(join(rootfs.path, 'written'), 'by the container');
    }
    const snapshots = async () =>
      (await createAdminClient(home.adminAddress).snapshots()).map(({ name, kind, lazy }) => ({
        name,
        kind,
        lazy,
      }));
    const before = await snapshots();
    await registry[Symbol.asyncDispose]();
    await switchOff(home, daemon);

    const restarted = await home.start({ config });
    using again = createSnapshotsClient(home.address);
    expect(await snapshots()).toEqual(before);
    {
      using rootfs = mountRootfs(home, await again.mounts('container'));
      expect((await readFile(join(rootfs.path, 'whole'))).equals(whole)).toBe(true);
      expect(await readStart(join(rootfs.path, 'half'))).toEqual(half.subarray(0, 4096));
      expect(await readFile(join(rootfs.path, 'written'), 'utf8')).toBe('by the container');
      await expect(readFile(join(rootfs.path, 'half'))).rejects.toMatchObject({ code: 'EIO' });
      await expect(readFile(join(rootfs.path, 'small'))).rejects.toMatchObject({ code: 'EIO' });
      const failed = restarted.log().find(({ msg }) => msg === 'a read from a lazily mounted layer failed');
      expect(failed).toMatchObject({ level: 'error', layer: layer.digest });
      expect(JSON.stringify(failed)).toContain(registry.host);
      using other = mountRootfs(home, await again.prepare('a new container', layer.diffId));
      expect((await readFile(join(other.path, 'whole'))).equals(whole)).toBe(true);

      await using back = await createTestRegistry({ port });
      publishImage(back, [layer]);
      const isBack = () =>
        readFile(join(rootfs.path, 'half')).then(
          (bytes) => bytes.equals(half),
          () => false,
        );
      await waitUntil(isBack, { what: () => `what is missing can be read: ${restarted.stderr()}` });
      expect(await readFile(join(other.path, 'small'), 'utf8')).toBe('a small file');
    }
  });
});

async function readStart(path: string): Promise<Buffer> {
  await using file = await open(path);
  const start = Buffer.alloc(4096);
  await file.read(start, 0, start.length, 0);
  return start;
}
