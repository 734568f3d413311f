import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor } from '@sluice/linux';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Holder } from './holder.ts';
import { startHolder } from './start-holder.ts';
import { takeDescriptor } from './take-descriptor.ts';

const HELD = 200;
/** Node by itself has 10 MB; compiling sources takes 20 more. */
const MAX_OWN_KIB = 20 << 10;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holder-'));
  vi.stubEnv('NODE_COMPILE_CACHE', join(directory, 'compiled'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

async function start(name: string): Promise<Holder & AsyncDisposable> {
  const holder = await startHolder({ socketPath: join(directory, name), idleExitMs: 300 });
  return {
    ...holder,
    async [Symbol.asyncDispose]() {
      process.kill(holder.pid, 'SIGKILL');
      await holder.closed;
    },
  };
}

/** What it shares with no file. */
function ownKib(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

test('a holder that holds much takes little memory, once its sources were compiled', async () => {
  {
    await using _first = await start('first.sock');
  }
  await using holder = await start('second.sock');
  const fd = takeDescriptor(process.pid, 0);
  for (let index = 0; index < HELD; index++) await holder.hold(String(index), fd, 'x'.repeat(1000));
  closeDescriptor(fd);
  expect(await holder.list()).toHaveLength(HELD);
  expect(ownKib(holder.pid)).toBeLessThan(MAX_OWN_KIB);
});
