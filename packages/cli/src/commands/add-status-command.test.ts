import { adminPaths, daemonStatusSchema } from '@sluice/admin-api';
import { describe, expect, it } from 'vitest';
import { daemonStatus, startFakeDaemon } from '../../test/fake-daemon.ts';
import { runInMemory } from '../../test/run-in-memory.ts';

describe('sluice status', () => {
  it('is a page for people', async () => {
    await using daemon = await startFakeDaemon();
    const { status, out, err } = await runInMemory(['status', '--address', daemon.address]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      [
        'sluiced 1.2.3 is healthy',
        '  process   pid 4711, up 2 h, 105 MB of memory',
        '  root      /var/lib/sluice',
        '  socket    /run/sluice/sluice.sock',
        '  snapshots 12 committed (8 lazy), 3 active, 1 view',
        '  layers    8 mounted lazily, 0 unavailable',
        '  not lazy  3 layers since the start: unsupported-format 2, corrupt 1',
        '  content   45.6 MB here; 20.0 MB fetched in 120 requests since the start',
        '',
      ].join('\n'),
    );
    expect(daemon.asked).toEqual([`GET ${adminPaths.status}`]);
  });

  it('is JSON for programs, as admin-api has it', async () => {
    await using daemon = await startFakeDaemon();
    const { status, out } = await runInMemory(['status', '--json', '--address', daemon.address]);
    expect(status).toBe(0);
    expect(daemonStatusSchema.parse(JSON.parse(out))).toEqual(daemonStatus());
  });

  it('shows what is wrong, and ends with 1 then, with and without --json', async () => {
    await using daemon = await startFakeDaemon();
    const unwell = daemonStatus({ healthy: false, problems: ['there is no /dev/fuse: load it'] });
    daemon.answers.set(adminPaths.status, { body: JSON.stringify(unwell) });
    const { status, out } = await runInMemory(['status', '--address', daemon.address]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /^sluiced 1\.2\.3 is not healthy\n[\s\S]*\nproblem: there is no \/dev\/fuse: load it\n$/,
    );
    expect((await runInMemory(['status', '--json', '--address', daemon.address])).status).toBe(1);
  });

  it('has a page for a daemon that has done nothing yet, and for one layer', async () => {
    await using daemon = await startFakeDaemon();
    const page = async (fallbacks: Record<string, number>) => {
      const status = daemonStatus({ layers: { mounted: 0, unavailable: 0, fallbacks } });
      daemon.answers.set(adminPaths.status, { body: JSON.stringify(status) });
      return (await runInMemory(['status', '--address', daemon.address])).out;
    };
    expect(await page({})).toContain('not lazy  no layer since the start\n');
    expect(await page({ corrupt: 1 })).toContain('not lazy  1 layer since the start: corrupt 1\n');
  });

  it('is coloured only where colours are wanted', async () => {
    await using daemon = await startFakeDaemon();
    const argv = ['status', '--address', daemon.address];
    expect((await runInMemory(argv, { hasColour: true })).out).toContain('\u001b[32mhealthy\u001b[39m');
    expect((await runInMemory(argv)).out).not.toContain('\u001b');
  });

  it('does not let what others wrote steer the terminal', async () => {
    await using daemon = await startFakeDaemon();
    const hostile = daemonStatus({ healthy: false, problems: ['layer \u001b[2J\nfake: line \u202e'] });
    daemon.answers.set(adminPaths.status, { body: JSON.stringify(hostile) });
    const { out } = await runInMemory(['status', '--address', daemon.address]);
    expect(out).toContain(String.raw`problem: layer \u001b[2J\u000afake: line \u202e`);
  });

  it('bears fields that it does not know', async () => {
    await using daemon = await startFakeDaemon();
    daemon.answers.set(adminPaths.status, { body: JSON.stringify({ ...daemonStatus(), newer: 1 }) });
    expect((await runInMemory(['status', '--address', daemon.address])).status).toBe(0);
  });
});
