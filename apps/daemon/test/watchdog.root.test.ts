import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mknod, NodeType } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { lazyConfig } from './run-container.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// The bounds of a test's steps say what hangs.
vi.setConfig({ testTimeout: 120_000 });

/** Short for the test, and yet so long that a busy machine does not keep a daemon silent for it. */
const SECONDS = 10;
const config = `${lazyConfig}[watchdog]\nseconds = ${SECONDS}\n`;
const layer = buildEstargz([
  { name: 'first', type: 'reg', content: 'the bytes of the first' },
  // Else what is asked for the first brings the second, too.
  { name: 'between', type: 'reg', content: noise(8 << 20) },
  { name: 'second', type: 'reg', content: 'the bytes of the second' },
]);

async function mountContainer(home: DaemonHome, registry: TestRegistry) {
  const image = publishImage(registry, [layer]);
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
  return mountRootfs(home, await client.prepare('container', layer.diffId));
}

/** Where the content lies once all of it is here. */
function contentPath(home: DaemonHome, text: string): string {
  const hex = hash('sha256', text);
  return join(home.root, 'content', hex.slice(0, 2), hex);
}

/** Stops all of its threads. */
const stopAll = async (_: DaemonHome, daemon: TestDaemon) => daemon.kill('SIGSTOP');

/** Has the thread that serves mounts open a pipe into which nobody writes: it waits there without end. */
async function stopFuseThread(home: DaemonHome): Promise<void> {
  const path = contentPath(home, 'the bytes of the second');
  await mkdir(dirname(path), { recursive: true });
  mknod(path, NodeType.FIFO | 0o600);
}

describe('a sluiced without systemd', () => {
  it.each([
    ['hangs', stopAll],
    ['has a thread that hangs which serves mounts', stopFuseThread],
  ])('that %s is ended, and the next one answers who waits', async (_, stop) => {
    await using home = createDaemonHome();
    await using registry = await createTestRegistry();
    const daemon = await home.start({ config });
    using rootfs = await mountContainer(home, registry);
    expect(await readFile(join(rootfs.path, 'first'), 'utf8')).toBe('the bytes of the first');
    await stop(home, daemon);
    const reading = readFile(join(rootfs.path, 'second'), 'utf8');
    await waitUntil(() => daemon.end, { timeoutMs: 60_000, what: () => `it is ended: ${daemon.stderr()}` });
    expect(daemon.end).toEqual({ status: null, signal: 'SIGKILL' });
    const said = readFileSync(join(home.directory, 'holder.sock.log'), 'utf8');
    expect(said).toContain(`process ${daemon.pid} has given no sign of life for ${SECONDS * 1000} ms`);

    await rm(contentPath(home, 'the bytes of the second'), { force: true });
    const next = await home.start({ config });
    expect(await reading).toBe('the bytes of the second');
    const warning = next.log().find(({ msg }) => /^the process before this one hung/.test(msg));
    expect(warning).toMatchObject({ level: 'warn', withinMs: SECONDS * 1000 });
  });

  it('that hangs is left alone where that is configured', async () => {
    await using home = createDaemonHome();
    await using registry = await createTestRegistry();
    const daemon = await home.start({ config: `${lazyConfig}[watchdog]\nseconds = 0\n` });
    using _rootfs = await mountContainer(home, registry);
    daemon.kill('SIGSTOP');
    const late = new Promise((resolve) => setTimeout(resolve, 2000, 'still there'));
    expect(await Promise.race([daemon.ended, late])).toBe('still there');
  });
});
