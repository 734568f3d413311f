import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readInput } from '../../packages/layer/test/fuzz/fuzz-input.ts';
import { tryInput } from '../../packages/layer/test/fuzz/try-input.ts';

const root = join(import.meta.dirname, '../..');
const corpus = join(root, 'packages/layer/fixtures/corpus');
const dir = mkdtempSync(join(tmpdir(), 'fuzz-task-'));
afterAll(() => rmSync(dir, { recursive: true }));

function fuzz(...args: string[]) {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const;
  return spawnSync(process.execPath, [...flags, 'scripts/fuzz.ts', ...args], options);
}

describe('the task fuzz', () => {
  it('says what it ran, and keeps what reached new code', { timeout: 70_000 }, () => {
    const kept = join(dir, 'corpus');
    const { status, stdout, stderr } = fuzz('--seconds', '2', '--corpus', kept, '--out', join(dir, 'out'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, inputs, found] = /^(\d+) inputs, (\d+) of them ran code/.exec(stdout)!;
    expect(Number(inputs)).toBeGreaterThan(50);
    const files = readdirSync(kept).length;
    // The same input may be kept twice: it has one file.
    expect(files > 0 && files <= Number(found)).toBe(Number(found) > 0);
    expect(readdirSync(dir)).not.toContain('out');
  });

  it('tries an input of a file again', async () => {
    const name = readdirSync(corpus).find((file) => file.endsWith('.bin'))!;
    const { status, stdout } = fuzz('--input', join(corpus, name));
    expect(status).toBe(0);
    expect(stdout.trim()).toBe(`${join(corpus, name)}: ${await tryInput(readInput(join(corpus, name)))}`);
  });

  it('shows why it cannot read an input', () => {
    writeFileSync(join(dir, 'other.bin'), '');
    const { status, stderr } = fuzz('--input', join(dir, 'other.bin'));
    expect(status).toBe(1);
    expect(stderr).toContain('the name of an input begins with blob-, layer-, index-');
  });

  it.each([
    ['--seconds', '0'],
    ['--seconds', 'x'],
    ['--seed', '-1'],
    ['--seed', '0.5'],
  ])('refuses %s %s', (flag, value) => {
    const { status, stderr } = fuzz(`${flag}=${value}`);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('give seconds') });
  });
});
