import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { maxBodyBytes } from '@sluice/admin-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminRoutes, json, refusal, startAdminServer } from './admin-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-admin-'));
const errors: unknown[] = [];
const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => errors.push(fields) };
const routes: AdminRoutes = {
  '/v1/status': { GET: async () => json({ fine: true }) },
  '/v1/broken': { GET: () => Promise.reject(new Error('secret detail')) },
  '/v1/stream': {
    GET: async () => ({ contentType: 'x/y', sizeBytes: 6, stream: Readable.from(['abc', 'def']) }),
  },
  '/v1/cut': { GET: async () => ({ contentType: 'x/y', sizeBytes: 6, stream: Readable.from(cut()) }) },
  '/v1/endless': { GET: async () => ({ contentType: 'x/y', sizeBytes: 1e12, stream: endless }) },
  '/v1/kept': {
    GET: async ({ query, body }) => json({ of: query.get('of'), body }),
    PUT: async ({ body }) => (body === 'bad' ? refusal(400, 'it is bad') : json({ sizeBytes: body.length })),
  },
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

function get(path: string, method = 'GET', body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: address, path, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode!, text }));
    });
    sent.on('error', reject).end(body);
  });
}

function* zeros(sizeBytes: number) {
  for (let left = sizeBytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

/** A body that is sent while its answer may already be there. */
function put(body: Readable): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: address, path: '/v1/kept', method: 'PUT' }, (response) => {
      response.toArray().then((pieces) => {
        resolve({ status: response.statusCode!, text: Buffer.concat(pieces).toString() });
      }, reject);
    });
    body.pipe(sent.on('error', reject));
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

  it('does with a path only what is meant to be done', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await get('/v1/status', method)).toEqual({ status: 405, text: '{"error":"only GET"}\n' });
    }
    expect(await get('/v1/kept', 'POST')).toEqual({ status: 405, text: '{"error":"only GET, PUT"}\n' });
  });

  it('reads parameters, and bodies where there may be one', async () => {
    expect(await get('/v1/kept?of=a%20b%26c')).toMatchObject({
      text: '{"of":"a b&c","body":""}\n',
    });
    expect(await get('/v1/kept', 'PUT', 'x'.repeat(100_000))).toMatchObject({
      text: '{"sizeBytes":100000}\n',
    });
    expect(await get('/v1/kept', 'PUT', 'bad')).toEqual({ status: 400, text: '{"error":"it is bad"}\n' });
  });

  it('keeps no more of a body than it may have, and goes on', async () => {
    const { status, text } = await put(Readable.from(zeros(maxBodyBytes + 1)));
    expect({ status, text }).toEqual({
      status: 413,
      text: expect.stringContaining(`${maxBodyBytes} bytes`),
    });
    expect((await put(Readable.from(zeros(maxBodyBytes)))).text).toBe(`{"sizeBytes":${maxBodyBytes}}\n`);
  });

  it('does not mind a client that leaves while it sends', async () => {
    errors.length = 0;
    const sent = request({ socketPath: address, path: '/v1/kept', method: 'PUT' });
    const closed = new Promise((resolve) => sent.on('error', () => undefined).on('close', resolve));
    sent.write('x'.repeat(1000), () => sent.destroy());
    await closed;
    expect((await get('/v1/status')).status).toBe(200);
    expect(errors).toEqual([]);
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
