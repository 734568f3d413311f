import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHolder } from '@sluice/holder';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { installOtherVersion } from './other-version.ts';
import { lazyConfig as config, containerLayer, runContainer } from './run-container.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

vi.setConfig({ testTimeout: 120_000 });

const OTHER = '9.8.7';

async function findHolder(home: DaemonHome): Promise<number> {
  using holder = await connectHolder({ socketPath: join(home.directory, 'holder.sock') });
  return holder.pid;
}

const versionOf = (daemon: TestDaemon) => daemon.log().find(({ msg }) => msg === 'serving')?.['version'];
const messages = (daemon: TestDaemon) => daemon.log().map(({ msg }) => msg);

/** What a container that is started now reads. */
async function readAnew(home: DaemonHome, key: string): Promise<void> {
  using client = createSnapshotsClient(home.address);
  using rootfs = mountRootfs(home, await client.prepare(key, containerLayer.diffId));
  expect((await readFile(join(rootfs.path, 'bin/true'))).equals(await readFile('/bin/true'))).toBe(true);
}

describe('another version of sluiced', () => {
  it.each(['stop', 'crash'] as const)('goes on for running containers after a %s, and back', async (end) => {
    await using home = createDaemonHome();
    const launcher = installOtherVersion(join(home.directory, 'other'), OTHER);
    const before = await home.start({ config });
    await using container = await runContainer(home);
    const holder = await findHolder(home);
    await delay(300);
    await before[end]();
    const other = await home.start({ config, command: [launcher] });
    expect(versionOf(other)).toBe(OTHER);
    expect(await findHolder(home)).toBe(holder);
    await readAnew(home, 'with the other version');
    await other[end]();
    await home.start({ config });
    await readAnew(home, 'with the first version again');
    const report = await container.stop();
    expect(report.wrong).toEqual([]);
    expect(report.smallFiles).toBeGreaterThan(0);
  });

  it('keeps mounts in its own way: the older one serves new containers, the old ones wait and read on', async () => {
    await using home = createDaemonHome();
    const launcher = installOtherVersion(join(home.directory, 'newer'), OTHER, {
      'packages/remote-fs/src/mounts/kept-state.ts': ['const VERSION = 1;', 'const VERSION = 2;'],
    });
    const newer = await home.start({ config, command: [launcher] });
    await using container = await runContainer(home);
    await delay(300);
    await newer.stop();
    const older = await home.start({ config });
    await readAnew(home, 'with the older version');
    expect(messages(older).join()).toContain('a mount was kept by a newer version of this program');
    const reading = readFile(join(container.rootfs, 'small/29/file-2999'), 'utf8');
    expect(await Promise.race([reading, delay(500, 'waits')])).toBe('waits');
    await older.stop();
    await home.start({ config, command: [launcher] });
    expect(await reading).toContain('the text of file 2999');
    expect((await container.stop()).wrong).toEqual([]);
  });

  it('has another protocol for its holder: the older one says so, and serves new containers', async () => {
    await using home = createDaemonHome();
    const launcher = installOtherVersion(join(home.directory, 'newer'), OTHER, {
      'packages/holder/src/protocol/messages.ts': ['PROTOCOL_VERSION = 1;', 'PROTOCOL_VERSION = 2;'],
    });
    const newer = await home.start({ config, command: [launcher] });
    await using container = await runContainer(home);
    await newer.stop();
    const older = await home.start({ config });
    await readAnew(home, 'with the older version');
    const explained = () =>
      older
        .log()
        .some(({ err }) => /version 2 of its protocol, and this program 1/.test(JSON.stringify(err)));
    await waitUntil(explained, { what: () => older.stderr() });
    expect(messages(older)).toContain('a mount will not survive a restart of this process');
    await older.stop();
    await home.start({ config, command: [launcher] });
    expect((await container.stop()).wrong).toEqual([]);
  });
});
