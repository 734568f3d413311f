import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tryLock } from './flock.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-flock-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('tryLock', () => {
  it('locks out another opening of the file until it is closed', () => {
    const path = join(dir, 'one');
    const first = openSync(path, 'a');
    const second = openSync(path, 'a');
    expect(tryLock(first)).toBe(true);
    expect(tryLock(second)).toBe(false);
    closeSync(first);
    expect(tryLock(second)).toBe(true);
    closeSync(second);
  });

  it('locks out another process', () => {
    const path = join(dir, 'two');
    const fd = openSync(path, 'a');
    expect(tryLock(fd)).toBe(true);
    expect(spawnSync('flock', ['--nonblock', path, 'true']).status).toBe(1);
    closeSync(fd);
    expect(spawnSync('flock', ['--nonblock', path, 'true']).status).toBe(0);
  });

  it('says what is wrong with a descriptor that is closed', () => {
    const fd = openSync(join(dir, 'three'), 'a');
    closeSync(fd);
    expect(() => tryLock(fd)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'flock' }));
  });
});
