import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, startAdminServer } from './admin-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-admin-'));
const errors: unknown[] = [];
const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => errors.push(fields) };
const routes = {
  '/v1/status': async () => json({ fine: true }),
  '/v1/broken': () => Promise.reject(new Error('secret detail')),
  '/v1/stream': async () => ({ contentType: 'x/y', sizeBytes: 6, stream: Readable.from(['abc', 'def']) }),
  '/v1/cut': async () => ({ contentType: 'x/y', sizeBytes: 6, stream: Readable.from(cut()) }),
  '/v1/endless': async () => ({ contentType: 'x/y', sizeBytes: 1e12, stream: endless }),
};
/** Fails after it has begun. */
function* cut() {
  yield 'abc';
  throw new Error('the disk failed');
}

const endless = new Readable({
  read() {
    this.push('x'.repeat(1000));
  },
});

const address = join(directory, 'new', 'admin.sock');
let server: AsyncDisposable;

beforeAll(async () => {
  server = await startAdminServer({ routes, logger }, { address });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function get(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: address, path, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode!, text }));
    });
    sent.on('error', reject).end();
  });
}

describe('startAdminServer', () => {
  it('makes a socket that only its owner can use, whatever the umask', () => {
    expect(statSync(address).mode & 0o777).toBe(0o600);
  });

  it('answers what its routes say', async () => {
    expect(await get('/v1/status?x=1')).toEqual({ status: 200, text: '{"fine":true}\n' });
  });

  it('names its paths to whoever asks for another', async () => {
    const { status, text } = await get('/__proto__');
    expect(status).toBe(404);
    expect(text).toContain('/v1/status');
  });

  it('only reads', async () => {
    expect((await get('/v1/status', 'POST')).status).toBe(405);
  });

  it('logs what goes wrong and tells nobody else', async () => {
    const { status, text } = await get('/v1/broken');
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    expect(errors).toMatchObject([{ url: '/v1/broken', err: new Error('secret detail') }]);
  });

  it('sends streams with their length, so that one that was cut off is known', async () => {
    expect(await get('/v1/stream')).toEqual({ status: 200, text: 'abcdef' });
    errors.length = 0;
    await expect(get('/v1/cut')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(errors).toMatchObject([{ url: '/v1/cut', err: new Error('the disk failed') }]);
    expect((await get('/v1/status')).status).toBe(200);
  });

  it('ends a stream whose reader leaves', async () => {
    errors.length = 0;
    const ended = new Promise((resolve) => endless.on('error', () => undefined).on('close', resolve));
    const sent = request({ socketPath: address, path: '/v1/endless' }, (response) => response.destroy());
    sent.on('error', () => undefined).end();
    await ended;
    expect(errors).toEqual([]);
    expect((await get('/v1/status')).status).toBe(200);
  });

  it('refuses a socket on which somebody listens', async () => {
    await expect(startAdminServer({ routes, logger }, { address })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    expect((await get('/v1/status')).status).toBe(200);
  });

  it('replaces a socket that a dead process left', async () => {
    const stale = join(directory, 'stale.sock');
    const { spawnSync } = await import('node:child_process');
    const script = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(statSync(stale).isSocket()).toBe(true);
    await using _server = await startAdminServer({ routes, logger }, { address: stale });
    await new Promise((resolve, reject) =>
      connect(stale, () => resolve(undefined))
        .on('error', reject)
        .unref(),
    );
  });

  it('leaves a file alone that is no socket', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, 'precious');
    await expect(startAdminServer({ routes, logger }, { address: file })).rejects.toThrow('not a socket');
    expect(statSync(file).size).toBe(8);
  });

  it('says why a path cannot be a socket', async () => {
    const long = join(directory, 'x'.repeat(200));
    await expect(startAdminServer({ routes, logger }, { address: long })).rejects.toMatchObject({
      code: 'ADDRESS_INVALID',
      message: expect.stringContaining(long),
    });
  });

  it('takes the socket away when it ends', async () => {
    const path = join(directory, 'short.sock');
    const short = await startAdminServer({ routes, logger }, { address: path });
    await short[Symbol.asyncDispose]();
    await short[Symbol.asyncDispose]();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    // And the path can be used again.
    const other = createServer().listen(path);
    await new Promise((resolve) => other.close(resolve));
  });
});
