import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess } from './start-process.ts';

describe('startProcess', () => {
  let directory: string;
  let logFile: string;
  let flag: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-e2e-test-'));
    logFile = join(directory, 'log');
    flag = join(directory, 'flag');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const start = (script: string) =>
    startProcess({
      command: ['sh', '-c', script],
      logFile,
      ready: async () => existsSync(flag),
      env: { FLAG: flag },
    });

  it('waits until the server serves, and stops it', async () => {
    await using server = await start('echo starting; sleep 0.2; : > $FLAG; exec sleep 1000');
    expect(server.log()).toBe('starting\n');
    expect(await server.stop()).toBe('SIGTERM');
    expect(await server.stop()).toBe('SIGTERM');
  });

  it('says how the server has ended', async () => {
    await using server = await start("trap 'exit 4' TERM; : > $FLAG; while :; do sleep 0.05; done");
    expect(await server.stop()).toBe(4);
  });

  it('shows the log of a server that does not start', async () => {
    await expect(start('echo no port >&2; exit 1')).rejects.toThrow(/does not serve:\nno port\n/);
  });

  it('fails for a command that does not exist', async () => {
    const ready = async () => true;
    await expect(startProcess({ command: ['/nonexistent/server'], logFile, ready })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
