import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unmount } from '@sluice/linux';
import { fuseDriverSuite } from '@sluice/testkit/fuse';
import { describe, expect, it } from 'vitest';
import { createKernelDriver } from './create-kernel-driver.ts';

const run = promisify(execFile);

fuseDriverSuite('kernel', { createDriver: createKernelDriver });

describe('the kernel driver', () => {
  it('lets a process exit while mounts are served', async () => {
    const base = await mkdtemp(join(tmpdir(), 'sluice-fuse-'));
    const mountpoint = join(base, 'mnt');
    await mkdir(mountpoint);
    const script = `
      import { createKernelDriver } from '@sluice/fuse';
      import { buildTree } from '@sluice/testkit/fuse';
      const driver = createKernelDriver({ logger: { debug() {}, error() {} } });
      const { tree, content } = buildTree({ type: 'dir', children: new Map() }, '/nowhere');
      await driver.mount(${JSON.stringify(mountpoint)}, { tree, content, fill: async () => {} });
      process.exit(7);`;
    const path = join(import.meta.dirname, `exit-${process.pid}.mts`);
    await writeFile(path, script);
    try {
      await expect(
        run(process.execPath, ['--conditions=source', path], { timeout: 10_000 }),
      ).rejects.toMatchObject({ code: 7 });
    } finally {
      await rm(path);
      unmount(mountpoint, { detach: true });
      await rm(base, { recursive: true });
    }
  });
});
