import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectHolder } from './connect-holder.ts';
import { createLastingHolder } from './create-lasting-holder.ts';

let directory: string;
let socketPath: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holder-'));
  socketPath = join(directory, 'holder.sock');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Another version's holder: it answers the first question, and refuses those that it does not know. */
async function startOther(hello: object): Promise<AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(`${JSON.stringify({ id: 1, ...hello })}\n`);
      socket.on('data', (line) => {
        const { id, op } = JSON.parse(line.toString());
        const error = { code: 'PROTOCOL', message: `unknown operation "${op}"` };
        socket.write(`${JSON.stringify(op === 'list' ? { id, held: [] } : { id, error })}\n`);
      });
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

test('a holder of the first version, which did not say so, is used', async () => {
  await using _other = await startOther({ pid: 7 });
  using holder = await connectHolder({ socketPath });
  expect(holder.pid).toBe(7);
});

test('a holder that says more than this version knows is used', async () => {
  await using _other = await startOther({ pid: 7, version: 1, more: true });
  using holder = await connectHolder({ socketPath });
  expect(holder.pid).toBe(7);
});

test('a holder of a later protocol is left alone, and the error says what to do', async () => {
  await using _other = await startOther({ pid: 7, version: 2 });
  await expect(connectHolder({ socketPath })).rejects.toMatchObject({
    code: 'PROTOCOL',
    message: expect.stringMatching(/\(pid 7\) speaks version 2 of its protocol, and this program 1: start/),
  });
  const logger = { warn() {}, error() {} };
  await using lasting = createLastingHolder({ logger }, { socketPath });
  // It is neither replaced nor ended.
  for (let time = 0; time < 2; time++) {
    await expect(lasting.hold('a', 0, '')).rejects.toMatchObject({ code: 'PROTOCOL' });
    await expect(lasting.list()).rejects.toMatchObject({ code: 'PROTOCOL' });
  }
});

test('a holder that does not watch its owner is used, and the log says so once', async () => {
  await using _other = await startOther({ pid: 7, version: 1 });
  const warnings: string[] = [];
  const logger = { warn: (_: object, message: string) => void warnings.push(message), error() {} };
  await using lasting = createLastingHolder({ logger }, { socketPath });
  expect(await lasting.list()).toEqual([]);
  await lasting.start();
  for (let time = 0; time < 3; time++) await lasting.beat(1000);
  expect(warnings).toEqual([expect.stringContaining('does not notice if this process hangs')]);
});

test('what a holder says of the process before is logged', async () => {
  const ended = { pid: 8, withinMs: 1000, atMs: 0 };
  await using _other = await startOther({ pid: 7, version: 1, ended });
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields), error() {} };
  await using lasting = createLastingHolder({ logger }, { socketPath });
  await lasting.start();
  expect(warnings).toEqual([{ pid: 8, withinMs: 1000, endedAt: '1970-01-01T00:00:00.000Z' }]);
});
