import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

vi.setConfig({ testTimeout: 60_000 });

const daemonPackage = join(import.meta.dirname, '..');
const main = join(daemonPackage, 'dist', 'main.js');
const layer = buildEstargz([{ name: 'greeting', type: 'reg', content: 'hello' }]);

describe('the built daemon', () => {
  it('says its version', () => {
    const version = execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('serves containerd, mounts a layer lazily, reads it and stops', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const daemon = await home.start({ command: [process.execPath, main] });
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    {
      using rootfs = mountRootfs(home, await client.prepare('container', layer.diffId));
      expect(await readFile(join(rootfs.path, 'greeting'), 'utf8')).toBe('hello');
    }
    expect(await createAdminClient(home.adminAddress).status()).toMatchObject({ healthy: true });
    await daemon.stop();
  });

  it('is what the launcher starts where there are no sources', async () => {
    await using home = createDaemonHome();
    const copy = join(home.directory, 'node_modules', '@sluice', 'daemon');
    mkdirSync(copy, { recursive: true });
    for (const name of ['bin', 'dist', 'package.json']) {
      cpSync(join(daemonPackage, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(daemonPackage, 'node_modules'), join(copy, 'node_modules'));
    const daemon = await home.start({ command: [join(copy, 'bin', 'sluiced')] });
    await daemon.stop();
  });
});
