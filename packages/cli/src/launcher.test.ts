import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { startFakeDaemon } from '../test/fake-daemon.ts';

const launcher = fileURLToPath(new URL('../bin/sluice', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'sluice-launcher-'));
/** Nothing but what every system has: no Node. */
const env = { PATH: '/usr/bin:/bin' };
const timeout = 15_000;

afterAll(() => rmSync(directory, { recursive: true }));

it('runs from any directory and through symbolic links, without a Node on the path', () => {
  const link = join(directory, 'sluice');
  symlinkSync(launcher, join(directory, 'link'));
  symlinkSync('link', link);
  const version = execFileSync(link, ['--version'], { cwd: '/', env, encoding: 'utf8', timeout });
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('passes arguments, output and status on', () => {
  const address = '/no where/admin.sock';
  const ran = spawnSync(launcher, ['ls', '--address', address], {
    cwd: directory,
    env,
    encoding: 'utf8',
    timeout,
  });
  expect(ran).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(address) });
});

it('finds the sluiced of the workspace, for sluice doctor', () => {
  const ran = spawnSync(launcher, ['doctor', '--root', directory], {
    cwd: '/',
    env,
    encoding: 'utf8',
    timeout,
  });
  expect(ran).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining(`there is no ${directory}`),
  });
});

it('ends quietly when its reader leaves', async () => {
  await using daemon = await startFakeDaemon();
  const many = { snapshots: Array.from({ length: 5000 }, (_, id) => row(id)) };
  daemon.answers.set('/v1/snapshots', { body: JSON.stringify(many) });
  const { promise, resolve } = Promise.withResolvers<string>();
  const script = `{ "${launcher}" ls --address "${daemon.address}"; echo "status $?" >&2; } | head -1`;
  execFile('/bin/sh', ['-c', script], { env, timeout }, (_error, stdout, stderr) => resolve(stdout + stderr));
  expect(await promise).toMatch(/^ +ID .*\nstatus 0\n$/);
});

function row(id: number) {
  const createdAt = '2026-01-02T03:04:05.000000006Z';
  return { id, name: 'x'.repeat(100), parent: '', kind: 'view', lazy: false, createdAt };
}
