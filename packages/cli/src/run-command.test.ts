import { describe, expect, it } from 'vitest';
import { startFakeDaemon } from '../test/fake-daemon.ts';
import { runInMemory } from '../test/run-in-memory.ts';

describe('sluice', () => {
  it('says what it can do when it is told nothing, and that this is a mistake', async () => {
    const { status, out, err } = await runInMemory([]);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^Usage: sluice .*\n[\s\S]*status[\s\S]*ls[\s\S]*Exit status:/);
  });

  it('helps on standard output when it is asked to', async () => {
    for (const argv of [['--help'], ['status', '--help'], ['ls', '--help']]) {
      const { status, out, err } = await runInMemory(argv);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('--address');
    }
  });

  it.each(['status', 'ls'])('has examples in the help of %s', async (command) => {
    const { out } = await runInMemory([command, '--help']);
    expect(out).toMatch(new RegExp(`Examples:\n  sluice ${command}\n`));
  });

  it('prints its version', async () => {
    expect(await runInMemory(['--version'])).toEqual({ status: 0, out: '9.8.7\n', err: '' });
  });

  it.each([
    { argv: ['stats'], says: /unknown command 'stats'\n\(Did you mean status\?\)/ },
    { argv: ['ls', '--jsn'], says: /unknown option '--jsn'\n\(Did you mean --json\?\)/ },
    { argv: ['ls', 'extra'], says: /too many arguments for 'ls'/ },
    { argv: ['status', '--address'], says: /'--address <socket>' argument missing/ },
    { argv: ['--bad', 'status'], says: /unknown option '--bad'/ },
  ])('refuses $argv on standard error', async ({ argv, says }) => {
    const { status, out, err } = await runInMemory(argv);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(says);
    expect(err).toContain('--help');
  });

  it('takes the address from a flag on either side of the command, then from the environment', async () => {
    await using daemon = await startFakeDaemon();
    const { address } = daemon;
    const nowhere = { SLUICE_ADMIN_ADDRESS: '/nowhere/admin.sock' };
    expect((await runInMemory(['status', '--address', address], { env: nowhere })).status).toBe(0);
    expect((await runInMemory([`--address=${address}`, 'status'], { env: nowhere })).status).toBe(0);
    expect((await runInMemory(['status'], { env: { SLUICE_ADMIN_ADDRESS: address } })).status).toBe(0);
    expect((await runInMemory(['status'], { env: nowhere })).err).toContain('/nowhere/admin.sock');
  });

  it('looks for the daemon where it is by default', async () => {
    const { out } = await runInMemory(['--help']);
    expect(out).toContain('/run/sluice/admin.sock');
  });
});
