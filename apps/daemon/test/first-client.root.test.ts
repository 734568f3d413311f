import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome } from './daemon-home.ts';
import { launcher } from './spawn-daemon.ts';
import { waitUntil } from './wait-until.ts';

vi.setConfig({ testTimeout: 90_000 });

/** What containerd gives a connection; then it refuses calls for seconds before it tries again. */
const HANDSHAKE_MS = 1000;
/** How many clients come, one after the other, and how soon. */
const CLIENTS = 20;
const PAUSE_MS = 20;

/** RFC 9113: the client's preface (section 3.4) and an empty SETTINGS frame. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/** The first processor that this process may use. */
const processor = /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;

/** A process that takes nearly all of one processor when it goes on: it stands still at first. */
async function startHog(): Promise<ChildProcess & Disposable> {
  const script = 'process.kill(process.pid, "SIGSTOP"); for (;;);';
  const command = ['--adjustment=-9', 'taskset', '-c', processor, process.execPath, '-e', script];
  const child = spawn('nice', command, { stdio: 'ignore' });
  const isStopped = () => /^State:\s+T/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  await waitUntil(isStopped, { what: 'the process that takes the processor stands still' });
  return Object.assign(child, { [Symbol.dispose]: () => void child.kill('SIGKILL') });
}

/** The socket is there a moment before that, between bind(2) and listen(2). */
async function listens(address: string): Promise<boolean> {
  if (!existsSync(address)) return false;
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** @returns milliseconds until the server's half of the handshake, or until nobody would wait for it any more */
async function shakeHands(address: string): Promise<number> {
  const startMs = performance.now();
  const socket = connect(address);
  try {
    socket.write(preface);
    await once(socket, 'data', { signal: AbortSignal.timeout(10 * HANDSHAKE_MS) });
  } finally {
    socket.destroy();
  }
  return performance.now() - startMs;
}

describe('the first clients of sluiced', () => {
  it('are answered at once, though it has just been installed and hardly gets a processor', async () => {
    await using home = createDaemonHome();
    using hog = await startHog();
    const daemon = home.start({
      command: ['taskset', '-c', processor, launcher],
      env: { NODE_COMPILE_CACHE: join(home.directory, 'compiled') },
    });
    daemon.catch(() => undefined);
    await waitUntil(() => listens(home.address), { what: 'sluiced listens', timeoutMs: 30_000 });
    hog.kill('SIGCONT');
    const waitedMs: number[] = [];
    for (let client = 0; client < CLIENTS; client++) {
      waitedMs.push(await shakeHands(home.address));
      await delay(PAUSE_MS);
    }
    hog.kill('SIGKILL');
    await daemon;
    expect(Math.max(...waitedMs)).toBeLessThan(HANDSHAKE_MS);
  });
});
