import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMounts } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const big = noise(2 << 20);
const layer = buildEstargz(
  [
    { name: 'etc/greeting', type: 'reg', content: 'hello' },
    { name: 'lib/big', type: 'reg', content: big },
  ],
  { chunkSizeBytes: 64 << 10 },
);

const libraries = ['/lib', '/usr/lib', '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/usr/lib64'];
const hasLibfuse = libraries.some((directory) => existsSync(join(directory, 'libfuse.so.2')));

describe.each([
  ['kernel', '[fuse]\ndriver = "kernel"\n', true],
  ['kernel, without passthrough', '[fuse]\npassthrough = "off"\n', true],
  ['auto', '[fuse]\ndriver = "auto"\n', true],
  ['fuse-native', '[fuse]\ndriver = "fuse-native"\n', hasLibfuse],
])('sluiced with the FUSE driver %s', (_, config, usable) => {
  it.skipIf(!usable)('mounts a layer lazily, serves its bytes, and stops', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const daemon = await home.start({ config });
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    expect(findMounts({ below: home.root }).map(({ type }) => type)).toEqual(['fuse.sluice']);
    {
      using rootfs = mountRootfs(home, await client.prepare('container', layer.diffId));
      expect((await readFile(join(rootfs.path, 'lib/big'))).equals(big)).toBe(true);
      // Not synchronously: the registry answers on this thread.
      expect(await readFile(join(rootfs.path, 'etc/greeting'), 'utf8')).toBe('hello');
      expect((await readFile(join(rootfs.path, 'lib/big'))).equals(big)).toBe(true);
    }
    expect(daemon.log().filter(({ level }) => level === 'error')).toEqual([]);
    await daemon.stop();
    expect(findMounts({ below: home.root })).toEqual([]);
  });
});
