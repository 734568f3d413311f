import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths } from '@sluice/admin-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonStatus, type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts';
import { runInMemory } from '../../test/run-in-memory.ts';
import type { Check } from '../diagnose/check.ts';
import type { Host } from '../diagnose/host.ts';

let directory: string;
let daemon: FakeDaemon;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-diagnose-'));
  daemon = await startFakeDaemon();
  chmodSync(daemon.address, 0o600);
  answer({});
});
afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** The daemon's own socket stands for the one for containerd. */
function answer(changes: Parameters<typeof daemonStatus>[0]): void {
  const status = daemonStatus({ root: directory, address: daemon.address, ...changes });
  daemon.answers.set(adminPaths.status, { body: JSON.stringify(status) });
}

async function diagnose(host: Partial<Host> = {}, address = daemon.address) {
  const { status, out } = await runInMemory(
    ['diagnose', '--json', '--root', directory, '--address', address],
    { host },
  );
  const { checks } = JSON.parse(out) as { checks: Check[] };
  return { status, of: (name: string) => checks.filter((check) => check.name === name), checks };
}

describe('sluice diagnose', () => {
  it('looks at all that the daemon needs', async () => {
    const { checks, of } = await diagnose();
    const names = ['kernel', 'user', 'FUSE', 'overlayfs', 'root', 'space', 'inodes', 'socket', 'daemon'];
    expect(checks.map(({ name }) => name)).toEqual(names);
    for (const name of ['kernel', 'user', 'FUSE', 'overlayfs', 'socket', 'daemon']) {
      expect(of(name)).toMatchObject([{ state: 'ok', detail: expect.any(String) }]);
    }
  });

  it.each([
    { what: 'another system', host: { platform: 'darwin' }, name: 'kernel', mend: /on Linux/ },
    { what: 'another user', host: { uid: 1000 }, name: 'user', mend: /sudo/ },
    { what: 'no /dev/fuse', host: { fuseDevice: '/dev/sluice-none' }, name: 'FUSE', mend: /modprobe fuse/ },
    { what: 'no overlayfs', host: { fileSystems: '/dev/null' }, name: 'overlayfs', mend: /modprobe overlay/ },
  ])('says how to mend $what, and ends with 1', async ({ host, name, mend }) => {
    const { status, of } = await diagnose(host);
    expect(status).toBe(1);
    expect(of(name)).toMatchObject([{ state: 'bad', mend: expect.stringMatching(mend) }]);
  });

  it('says of a file in the place of the device that it is none', async () => {
    const fuseDevice = join(directory, 'fuse');
    writeFileSync(fuseDevice, '');
    expect((await diagnose({ fuseDevice })).of('FUSE')).toMatchObject([
      { state: 'bad', detail: /not a device/ },
    ]);
  });

  it('looks at the file system that a root directory would be on', async () => {
    const root = join(directory, 'not', 'yet');
    const argv = ['diagnose', '--json', '--root', root, '--address', '/nowhere/admin.sock'];
    const { checks } = JSON.parse((await runInMemory(argv)).out) as { checks: Check[] };
    const found = checks.find(({ name }) => name === 'root')!;
    expect(found.detail).toContain(`${root} on `);
    const overlay = 0x794c7630;
    if (statfsSync(directory).type === overlay) expect(found.state).toBe('bad');
    else expect(found.state).not.toBe('bad');
  });

  it('does not vouch for a file system that it does not know', async () => {
    const argv = ['diagnose', '--json', '--root', '/proc/self', '--address', '/nowhere/admin.sock'];
    const { checks } = JSON.parse((await runInMemory(argv)).out) as { checks: Check[] };
    expect(checks).toContainEqual({
      name: 'root',
      state: 'unknown',
      detail: expect.stringContaining('0x9fa0'),
    });
    expect(checks).toContainEqual(expect.objectContaining({ name: 'space', state: 'bad' }));
  });

  it('says that no daemon runs, and what to do', async () => {
    const { status, of } = await diagnose({}, '/nowhere/admin.sock');
    expect(status).toBe(1);
    expect(of('daemon')).toMatchObject([{ state: 'bad', detail: /sluiced is not running.*start it/ }]);
    expect(of('socket')).toEqual([]);
  });

  it('repeats every problem of the daemon', async () => {
    answer({ healthy: false, problems: ['one', 'two'] });
    const { status, of } = await diagnose();
    expect(status).toBe(1);
    expect(of('daemon')).toEqual([
      { name: 'daemon', state: 'bad', detail: 'one' },
      { name: 'daemon', state: 'bad', detail: 'two' },
    ]);
  });

  it('sees a socket that is missing, is none, or is open to others', async () => {
    answer({ address: join(directory, 'none.sock') });
    expect((await diagnose()).of('socket')).toMatchObject([{ state: 'bad', detail: /there is no/ }]);
    answer({ address: directory });
    expect((await diagnose()).of('socket')).toMatchObject([{ state: 'bad', detail: /not a socket/ }]);
    answer({});
    chmodSync(daemon.address, 0o666);
    expect((await diagnose()).of('socket')).toMatchObject([
      { state: 'bad', detail: /0666/, mend: /chmod 600/ },
    ]);
  });

  it('is a page for people, coloured where colours are wanted', async () => {
    const argv = ['diagnose', '--address', daemon.address];
    const host = { fuseDevice: '/dev/sluice-none' };
    const { out } = await runInMemory(argv, { host });
    expect(out).toContain('ok       kernel     Linux 6.12.1\n');
    expect(out).toMatch(/\nbad {6}FUSE {7}there is no \/dev\/sluice-none\n {20}-> load the kernel module: /);
    expect(out).not.toContain('\u001b');
    expect((await runInMemory(argv, { host, hasColour: true })).out).toContain('\u001b[31mbad');
  });
});
