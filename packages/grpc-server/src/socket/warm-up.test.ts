import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { warmUp } from './warm-up.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warm-'));
  vi.stubEnv('TMPDIR', directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

test('a server of HTTP/2 shakes hands; no connection and no socket is left', async () => {
  const server = createServer();
  let sessions = 0;
  const closed = new Promise<void>((resolve) => {
    server.on('session', (session) => {
      sessions++;
      session.once('close', resolve);
    });
  });
  await warmUp((connection) => server.emit('connection', connection));
  expect(sessions).toBe(1);
  await closed;
  expect(readdirSync(directory)).toEqual([]);
});

test('a server that ends the connection is told of', async () => {
  await expect(warmUp((connection) => void connection.destroy())).rejects.toThrow();
  expect(readdirSync(directory)).toEqual([]);
});

test('a server that speaks something else is told of', async () => {
  const greeter = (connection: Socket) => {
    connection.on('error', () => undefined);
    connection.resume().end('220 mail.example\r\n');
  };
  await expect(warmUp(greeter)).rejects.toThrow();
});

test('a directory for temporary files that there is not is told of', async () => {
  vi.stubEnv('TMPDIR', join(directory, 'none'));
  await expect(warmUp((connection) => void connection.destroy())).rejects.toMatchObject({ code: 'ENOENT' });
});
