import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

function bench(...args: string[]) {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const script = join(import.meta.dirname, 'bench.ts');
  return spawnSync(process.execPath, [...flags, script, ...args], { encoding: 'utf8', timeout: 30_000 });
}

describe('npm run bench', () => {
  it.each([[], ['--help'], ['help']])('says which benchmarks there are when it is given %j', (...args) => {
    const { status, stdout } = bench(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^usage: npm run bench -- NAME/);
    for (const name of ['rpc', 'fs', 'start']) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(['nothing', '__proto__'])('refuses %s, and says what there is', (name) => {
    const { status, stdout, stderr } = bench(name);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`no benchmark "${name}"[\\s\\S]*usage: npm run bench`));
  });

  it.each(['rpc', 'fs', 'start'])('hands the arguments on to %s', (name) => {
    const { status, stdout } = bench(name, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`npm run bench -- ${name} `));
    expect(bench(name, '--rounds', 'few').stderr).toContain('few');
  });
});
