import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { startNotifySocket } from './notify-socket.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { launcher } from './spawn-daemon.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const unit = readFileSync(join(import.meta.dirname, '../../../packaging/systemd/sluiced.service'), 'utf8');
const settings = new Map(
  [...unit.matchAll(/^([A-Za-z]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
);
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** 'CAP_SYS_ADMIN CAP_MKNOD' as setpriv takes it. */
const capabilities = settings.get('CapabilityBoundingSet')!.toLowerCase().replaceAll('cap_', '+').split(' ');
const layer = buildEstargz([{ name: 'greeting', type: 'reg', content: 'hello', uid: 7, mode: 0o4755 }]);

describe('the systemd unit', () => {
  it.skipIf(!hasSystemd)('is one that systemd understands wholly', async () => {
    await using home = createDaemonHome();
    const file = join(home.directory, 'sluiced.service');
    writeFileSync(file, unit.replace('/usr/local/bin/sluiced\n', `${launcher}\n`));
    const { status, stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: '' });
  });

  it('gives the daemon no mount namespace, for containerd must see its mounts', () => {
    const namespaced =
      /^(Private(Tmp|Devices|Mounts)|Protect.*|.*Paths|RootDirectory|TemporaryFileSystem|DynamicUser)$/;
    expect([...settings.keys()].filter((name) => namespaced.test(name))).toEqual([]);
  });

  it('restarts the daemon whatever ends it, and kills nothing but the daemon', () => {
    expect(Object.fromEntries(settings)).toMatchObject({
      Type: 'notify',
      WatchdogSignal: 'SIGKILL',
      Restart: 'always',
      KillMode: 'process',
      RuntimeDirectoryPreserve: 'yes',
    });
    expect(unit).toMatch(/^Before=containerd\.service\b/m);
  });

  it('leaves the daemon the capabilities that it needs, and hears from it', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    using systemd = await startNotifySocket();
    const said = (text: string) => systemd.told().some((one) => one.split('\n').includes(text));
    const image = publishImage(registry, [layer]);
    const set = ['-all', ...capabilities].join(',');
    const daemon = await home.start({
      command: ['setpriv', '--bounding-set', set, '--inh-caps', '-all', '--no-new-privs', launcher],
      config: '[snapshotter]\nasync_remove = false\n',
      env: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '300000' },
    });
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    {
      using rootfs = mountRootfs(home, await client.prepare('container', layer.diffId));
      expect(await readFile(join(rootfs.path, 'greeting'), 'utf8')).toBe('hello');
      writeFileSync(join(rootfs.path, 'greeting'), 'changed');
      await waitUntil(() => said('STATUS=1 layers are mounted lazily'), { what: 'systemd is told' });
    }
    await client.commit('committed', 'container');
    for (const name of ['committed', layer.diffId]) await client.remove(name);
    await waitUntil(() => said('STATUS=0 layers are mounted lazily'), { what: 'systemd is told' });
    expect(systemd.told()[0]).toBe('READY=1');
    expect(systemd.told()).toContain('WATCHDOG=1');
    await daemon.stop();
    await waitUntil(() => said('STOPPING=1'), { what: 'systemd is told' });
    expect(daemon.log().filter(({ level }) => level !== 'info')).toEqual([]);
  });
});
