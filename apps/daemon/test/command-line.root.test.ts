import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { launcher, spawnDaemon } from './spawn-daemon.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

async function run(home: DaemonHome, ...args: string[]) {
  const ended = await home.run(args);
  return { status: ended.end!.status, stdout: ended.stdout(), stderr: ended.stderr() };
}

describe('sluiced, on the command line', () => {
  it('prints its version', async () => {
    await using home = createDaemonHome();
    expect(await run(home, '--version')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('explains every flag with examples', async () => {
    await using home = createDaemonHome();
    const { status, stdout } = await run(home, '--help');
    expect(status).toBe(0);
    for (const flag of ['--root', '--address', '--config', '--log-level', '--version', 'Examples:']) {
      expect(stdout).toContain(flag);
    }
  });

  it.each([
    [['--colour', 'red'], "unknown option '--colour'"],
    [['--log-level', 'loud'], 'Allowed choices are debug, info, warn, error'],
    [['--root'], "option '--root <dir>' argument missing"],
    [['serve'], 'too many arguments'],
    [['--config', '/nonexistent/sluice.toml'], '--config /nonexistent/sluice.toml: there is no such file'],
    [['--root', '/dev/null/x'], 'the root directory /dev/null/x cannot be made'],
  ])('refuses %j in a sentence', async (args, message) => {
    await using home = createDaemonHome();
    const { status, stdout, stderr } = await run(home, ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  it('names every mistake of a configuration file with its line, and makes nothing', async () => {
    await using home = createDaemonHome();
    const file = join(home.directory, 'bad.toml');
    writeFileSync(file, `root = "${home.root}"\n[log]\nlevel = "loud"\n[fuse]\ncolour = 1\n`);
    const { status, stderr } = await run(home, '--config', file);
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      `sluiced: ${file}:3: log.level must be one of: "debug", "info", "warn", "error"`,
      expect.stringContaining(`sluiced: ${file}:5: fuse.colour is not a key; [fuse] may have: driver`),
    ]);
    expect(existsSync(home.root)).toBe(false);
  });

  it('refuses a root on which overlayfs cannot work', async () => {
    await using home = createDaemonHome();
    const root = join(home.directory, 'with:colon');
    const { status, stderr } = await run(home, '--root', root, '--address', home.address);
    expect(status).toBe(1);
    expect(stderr).toContain('overlayfs cannot take a path with ":"');
    expect(existsSync(home.address)).toBe(false);
  });

  it('runs from any directory, through links, with relative paths', async () => {
    await using home = createDaemonHome();
    const link = join(home.directory, 'a link to sluiced');
    symlinkSync(launcher, link);
    const daemon = await home.start({
      command: [link],
      cwd: home.directory,
      flags: ['--root', 'here', '--address', 'run/s.sock'],
    });
    expect(readdirSync(join(home.directory, 'run')).sort()).toEqual(['admin.sock', 's.sock']);
    expect(existsSync(join(home.directory, 'here', 'metadata.db'))).toBe(true);
    await daemon.stop();
  });

  it('needs neither flags nor a file: /var/lib/sluice and /run/sluice/sluice.sock', async () => {
    await using home = createDaemonHome();
    // Places of its own over those of the machine, in a mount namespace of its own.
    const script = 'mount -t tmpfs none /var/lib && mount -t tmpfs none /run && exec "$0"';
    const spawned = spawnDaemon([], {
      output: join(home.directory, 'defaults'),
      command: ['unshare', '--mount', 'sh', '-c', script, launcher],
    });
    try {
      const seen = (path: string) => `/proc/${spawned.pid}/root${path}`;
      await waitUntil(() => spawned.stderr().includes('"msg":"serving"'), { what: () => spawned.stderr() });
      expect(statSync(seen('/var/lib/sluice')).mode & 0o777).toBe(0o700);
      expect(readdirSync(seen('/run/sluice')).sort()).toEqual(['admin.sock', 'sluice.sock']);
      using client = createSnapshotsClient(seen('/run/sluice/sluice.sock'));
      expect(await client.prepare('k', '')).toMatchObject([{ type: 'bind' }]);
    } finally {
      spawned.kill('SIGTERM');
      await spawned.ended;
    }
    expect(spawned.end).toEqual({ status: 0, signal: null });
  });
});
