import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome } from './daemon-home.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

describe('the metrics of sluiced', () => {
  it('are on the admin socket, and on a port of this machine where that is configured', async () => {
    await using home = createDaemonHome();
    const daemon = await home.start({ config: '[metrics]\naddress = "127.0.0.1:0"\n' });
    const port = daemon.log().find(({ msg }) => msg === 'serving metrics')?.['port'];
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const overTcp = await answer.text();
    const onSocket = await createAdminClient(home.adminAddress).metrics();
    expect(onSocket.get('sluice_layer_mount_duration_seconds_count')).toBe(0);
    for (const name of onSocket.keys()) {
      if (name.startsWith('sluice_')) expect(overTcp).toContain(`${name} `);
    }
    await daemon.stop();
  });

  it('keep a daemon from starting only where their port is taken, and it says so', async () => {
    await using home = createDaemonHome();
    const daemon = await home.start({ config: '[metrics]\naddress = "127.0.0.1:0"\n' });
    const port = daemon.log().find(({ msg }) => msg === 'serving metrics')?.['port'];
    await using other = createDaemonHome();
    await expect(other.start({ config: `[metrics]\naddress = "127.0.0.1:${port}"\n` })).rejects.toThrow(
      /sluiced: metrics\.address: .*EADDRINUSE.*; choose another port/,
    );
  });
});
