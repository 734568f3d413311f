import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPaths } from '@sluice/admin-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts';
import { runInMemory } from '../../test/run-in-memory.ts';

let directory: string;
let daemon: FakeDaemon;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
  daemon = await startFakeDaemon();
  daemon.answers.set(adminPaths.backup, { body: 'database' });
});
afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const backup = (...args: string[]) => runInMemory(['backup', '--address', daemon.address, ...args]);

describe('sluice backup', () => {
  it('writes what the daemon sends, under a name that appears at the end', async () => {
    const path = join(directory, 'copy.db');
    expect(await backup(path)).toEqual({ status: 0, out: `8 B written to ${path}\n`, err: '' });
    expect(readFileSync(path, 'utf8')).toBe('database');
    expect(readdirSync(directory)).toEqual(['copy.db']);
  });

  it('needs the name of a file', async () => {
    expect(await backup()).toMatchObject({
      status: 2,
      err: expect.stringContaining("missing required argument 'file'"),
    });
  });

  it('leaves an older copy as it was when the daemon fails, and nothing else', async () => {
    const path = join(directory, 'copy.db');
    writeFileSync(path, 'older');
    daemon.answers.set(adminPaths.backup, { status: 500, body: '{"error":"the disk is full"}' });
    const { status, err } = await backup('--force', path);
    expect({ status, err }).toEqual({ status: 5, err: expect.stringContaining('the disk is full') });
    expect(readFileSync(path, 'utf8')).toBe('older');
    expect(readdirSync(directory)).toEqual(['copy.db']);
  });

  it('says why a file cannot be written', async () => {
    const nowhere = join(directory, 'none', 'copy.db');
    const { status, err } = await backup(nowhere);
    expect({ status, err }).toEqual({
      status: 6,
      err: expect.stringContaining(`cannot write ${nowhere}: ENOENT`),
    });
    mkdirSync(join(directory, 'dir'));
    expect((await backup('--force', join(directory, 'dir'))).status).toBe(6);
    expect(readdirSync(directory)).toEqual(['dir']);
  });

  it('asks no daemon for what cannot be kept', async () => {
    writeFileSync(join(directory, 'copy.db'), '');
    expect((await backup(join(directory, 'copy.db'))).status).toBe(2);
    expect(daemon.asked).toEqual([]);
  });
});
