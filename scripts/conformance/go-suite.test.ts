import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGoSuite } from './go-suite.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-go-suite-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A command in the place of Go's. */
function suiteWith(script: string, signal = new AbortController().signal) {
  const go = join(directory, 'go');
  writeFileSync(go, `#!/bin/sh\n${script}\n`);
  chmodSync(go, 0o755);
  return createGoSuite({ go, env: { FLAVOUR: 'sour' } }, { directory, signal });
}

test('the suite is compiled, and run on the socket, with the settings of the toolchain', async () => {
  const suite = suiteWith('echo "$FLAVOUR $SLUICE_ADDRESS $*"');
  await suite.compile();
  const { events, problem } = await suite.run('/run/x.sock');
  const program = join(directory, 'suite.test');
  expect(events).toBe(`sour /run/x.sock tool test2json -t ${program} -test.v -test.timeout=5m\n`);
  expect(problem).toBeUndefined();
});

test('a suite that does not compile is an error with what the compiler said', async () => {
  const suite = suiteWith('echo "undefined: snapshots" >&2; exit 2');
  await expect(suite.compile()).rejects.toThrow(
    /cannot be compiled: it ended with status 2\nundefined: snap/,
  );
});

test('a suite that fails has said until when it was well', async () => {
  const { events, problem } = await suiteWith('echo "{}"; exit 1').run('/run/x.sock');
  expect(events).toBe('{}\n');
  expect(problem).toBe("containerd's suite: it ended with status 1");
});

test('a suite that is interrupted ends with everything that it has started', async () => {
  const interruption = new AbortController();
  const pids = join(directory, 'pids');
  const suite = suiteWith(`sleep 1000 & echo $! $$ > ${pids}; wait`, interruption.signal);
  const running = suite.run('/run/x.sock');
  while (!existsSync(pids) || readFileSync(pids, 'utf8') === '') await delay(5);
  interruption.abort();
  expect((await running).problem).toBe("containerd's suite: it was interrupted");
  // All of them have their signals now; the kernel ends them in its own time.
  const started = readFileSync(pids, 'utf8').trim().split(' ');
  await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]), { timeout: 10_000 });
});

test('a process that is left behind is not waited for', async () => {
  const pids = join(directory, 'pids');
  const { events } = await suiteWith(`sleep 60 & echo $! > ${pids}; echo done`).run('/run/x.sock');
  expect(events).toBe('done\n');
  const [pid] = readFileSync(pids, 'utf8').split('\n');
  expect(isRunning(pid!)).toBe(true);
  process.kill(Number(pid), 'SIGKILL');
});

/** A zombie is not: nobody here waits for it. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
