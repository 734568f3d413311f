import { existsSync, statSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome } from './daemon-home.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { launcher } from './spawn-daemon.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

describe('the sockets of sluiced', () => {
  it('belong to root alone, even under umask 000', async () => {
    await using home = createDaemonHome();
    await home.start({ command: ['sh', '-c', 'umask 000; exec "$0" "$@"', launcher] });
    for (const path of [home.address, home.adminAddress]) {
      expect(statSync(path)).toMatchObject({ uid: 0, gid: 0 });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect(statSync(home.root).mode & 0o777).toBe(0o700);
  });

  it('answer as soon as the log says so, containerd on one and sluice on the other', async () => {
    await using home = createDaemonHome();
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    expect(await client.prepare('k', '')).toMatchObject([{ type: 'bind' }]);
    const status = await createAdminClient(home.adminAddress).status();
    expect(status).toMatchObject({ pid: daemon.pid, root: home.root, address: home.address, healthy: true });
    expect(status.snapshots).toEqual({ active: 1, view: 0, committed: 0, remote: 0 });
  });

  it('are replaced where a dead daemon has left them', async () => {
    await using home = createDaemonHome();
    await (await home.start()).crash();
    expect(existsSync(home.address) && existsSync(home.adminAddress)).toBe(true);
    await home.start();
    using client = createSnapshotsClient(home.address);
    expect(await client.prepare('k', '')).toHaveLength(1);
  });

  it('are not taken from a daemon that lives', async () => {
    await using home = createDaemonHome();
    await home.start();
    const other = await home.run(['--root', `${home.directory}/other`, '--address', home.address]);
    expect(other.end).toEqual({ status: 1, signal: null });
    expect(other.stderr()).toMatch(/in use|listens/);
    using client = createSnapshotsClient(home.address);
    expect(await client.prepare('k', '')).toHaveLength(1);
    expect((await createAdminClient(home.adminAddress).status()).healthy).toBe(true);
  });

  it('go away with the daemon', async () => {
    await using home = createDaemonHome();
    await (await home.start()).stop();
    expect(existsSync(home.address) || existsSync(home.adminAddress)).toBe(false);
  });
});

describe('a second sluiced on the same root', () => {
  it('is refused and told who has it; the first one goes on', async () => {
    await using home = createDaemonHome();
    const first = await home.start();
    const second = await home.run(['--root', home.root, '--address', `${home.directory}/other.sock`]);
    expect(second.end).toEqual({ status: 1, signal: null });
    expect(second.stderr()).toBe(
      `sluiced: another sluiced (pid ${first.pid}) works on ${home.root}: stop it, or choose another --root\n`,
    );
    using client = createSnapshotsClient(home.address);
    expect(await client.prepare('k', '')).toHaveLength(1);
  });
});
