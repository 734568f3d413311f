import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from './run.ts';

const sh = (script: string) => ['sh', '-c', script];

/** Whether a process still runs; one that waits for its parent to take note of its end does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('run', () => {
  it('returns what a command has printed', async () => {
    expect(await run(sh('echo out; echo err >&2'))).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 0 });
  });

  it('passes output on as it comes', async () => {
    const seen: string[] = [];
    await run(sh('echo one; sleep 0.2; echo two'), { onOutput: (text) => seen.push(text) });
    expect(seen).toEqual(['one\n', 'two\n']);
  });

  it('adds to the environment', async () => {
    const { stdout } = await run(sh('echo $SLUICE_ADDED $HOME'), { env: { SLUICE_ADDED: 'added' } });
    expect(stdout).toBe(`added ${process.env['HOME']}\n`);
  });

  it('throws what a failing command has printed', async () => {
    await expect(run(sh('echo out; echo err >&2; exit 3'))).rejects.toThrow(/ended with 3:\nout\nerr\n/);
  });

  it('returns the status of a command that may fail', async () => {
    expect(await run(sh('exit 3'), { mayFail: true })).toMatchObject({ status: 3 });
    expect(await run(sh('kill -9 $$'), { mayFail: true })).toMatchObject({ status: -1 });
  });

  it('throws if there is no such command', async () => {
    await expect(run(['/nonexistent/command'])).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('kills a command that takes too long, with all that it has started', async () => {
    let pid = 0;
    const onOutput = (text: string) => {
      pid = Number(text);
    };
    const limited = run(sh('sleep 1000 & echo $!; wait'), { timeoutMs: 500, onOutput });
    await expect(limited).rejects.toThrow('was killed after 500 ms');
    expect(pid).toBeGreaterThan(0);
    // A signal that was sent has not yet been obeyed.
    await expect.poll(() => runs(pid)).toBe(false);
  });

  it('kills it when its signal says so', async () => {
    const stop = new AbortController();
    const running = run(['sleep', '1000'], { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await expect(running).rejects.toThrow('enough');
    await expect(run(['true'], { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('does not wait for a daemon that holds the output open', async () => {
    const { stdout } = await run(sh('sleep 1000 & echo $!'));
    expect(runs(Number(stdout))).toBe(true);
    process.kill(Number(stdout), 'SIGKILL');
  });
});
