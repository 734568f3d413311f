import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import { createServer as createPlainServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { greet } from './greet.ts';

let directory: string;
let address: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'greet-'));
  address = join(directory, 's.sock');
});
afterEach(() => rmSync(directory, { recursive: true }));

async function listen(server: Server): Promise<AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

test('is answered by a server of HTTP/2, and leaves no connection behind', async () => {
  const server = createServer();
  let sessions = 0;
  server.on('session', () => sessions++);
  // Closing waits for connections.
  await using _listening = await listen(server as unknown as Server);
  await greet(address);
  expect(sessions).toBe(1);
});

test('says that nobody listens', async () => {
  await expect(greet(address)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('says that the server speaks something else', async () => {
  const greeter = createPlainServer((socket) => {
    socket.on('error', () => {});
    socket.resume().end('220 mail.example\r\n');
  });
  await using _listening = await listen(greeter);
  await expect(greet(address)).rejects.toThrow();
});
