import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runInMemory } from '../../test/run-in-memory.ts';
import { runDaemonProgram } from '../run-daemon-program.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A program in the place of sluiced that runs this script. */
function programOf(script: string): string {
  const path = join(directory, `sluiced-${Math.random()}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('sluice doctor', () => {
  it('hands its options to sluiced doctor, and ends with its status', async () => {
    const given: string[][] = [];
    const run = (...args: string[]) =>
      runInMemory(['doctor', ...args], {
        runDaemonProgram: async (all) => {
          given.push([...all]);
          return 1;
        },
      });
    expect((await run()).status).toBe(1);
    await run('--root', '--odd name', '--config', 'c', '--repair', '--json');
    expect(given).toEqual([['doctor'], ['doctor', '--root=--odd name', '--config=c', '--repair', '--json']]);
  });

  it('refuses what sluiced doctor does not know', async () => {
    expect(await runInMemory(['doctor', '--mend'])).toMatchObject({ status: 2 });
  });
});

describe('runDaemonProgram', () => {
  it('gives arguments and status on', async () => {
    const told = join(directory, 'told');
    const program = programOf(`printf '%s|' "$@" > '${told}'; exit 7`);
    expect(await runDaemonProgram(['doctor', '--root=a b'], program)).toBe(7);
    expect(readFileSync(told, 'utf8')).toBe('doctor|--root=a b|');
  });

  it('says of a program that a signal has ended which one it was, as shells do', async () => {
    expect(await runDaemonProgram([], programOf('kill -TERM $$'))).toBe(128 + 15);
  });

  it('says what to run where there is no sluiced', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = directory;
    try {
      await expect(runDaemonProgram(['doctor', '--repair'], join(directory, 'none'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('run "sluiced doctor --repair" yourself'),
      });
    } finally {
      process.env['PATH'] = path;
    }
  });
});
