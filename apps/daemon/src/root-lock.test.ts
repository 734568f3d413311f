import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockRoot } from './root-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('lockRoot', () => {
  it('lets one daemon at a time have a root, and names it to the second', () => {
    using _lock = lockRoot(root);
    expect(() => lockRoot(root)).toThrow(
      expect.objectContaining({ code: 'IN_USE', message: expect.stringContaining(`pid ${process.pid}`) }),
    );
    expect(readFileSync(join(root, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
  });

  it('frees the root when it is disposed', () => {
    lockRoot(root)[Symbol.dispose]();
    using _again = lockRoot(root);
  });

  it('is not kept by a daemon that was killed', () => {
    const script = `
      const { lockRoot } = await import(${JSON.stringify(new URL('./root-lock.ts', import.meta.url).href)});
      lockRoot(${JSON.stringify(root)});
      process.kill(process.pid, 'SIGKILL');`;
    const arguments_ = ['--conditions=source', '--input-type=module', '-e', script];
    expect(spawnSync(process.execPath, arguments_).signal).toBe('SIGKILL');
    using _lock = lockRoot(root);
  });
});
