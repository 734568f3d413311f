import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImageClient, type ImageClient } from '../test/image-client.ts';
import { pullMessage } from '../test/pull-message.ts';
import { type Answer, imageServiceOf, serve } from '../test/serve.ts';
import { createCriProxy } from './create-cri-proxy.ts';
import type { CriProxy } from './cri-proxy.ts';
import { METHODS } from './image-service.ts';

const SECRET = 'pulled-with-never-to-be-seen';

let stack: AsyncDisposableStack;
let dir: string;
let backend: string;
let proxy: CriProxy;
let client: ImageClient;
let logged: string[];
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  dir = await mkdtemp(join(tmpdir(), 'sluice-cri-'));
  stack.defer(() => rm(dir, { recursive: true }));
  backend = join(dir, 'containerd.sock');
  logged = [];
  const log = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  proxy = stack.use(createCriProxy({ logger: { debug: log, warn: log } }, { backend }));
  const socket = join(dir, 'sluice.sock');
  stack.use(await serve(socket, (server) => proxy.register(server)));
  client = stack.use(createImageClient(socket));
});
afterEach(() => stack.disposeAsync());

const answering = async (answer: Answer) => stack.use(await serve(backend, imageServiceOf(answer)));

describe('the proxy of an image service', () => {
  test.each(METHODS)('hands %s on and its answer back, byte for byte', async (name) => {
    const [request, response] = [randomBytes(1000), randomBytes(5_000_000)];
    const seen: [string, Buffer][] = [];
    await answering((called, call, answer) => {
      seen.push([called, call.request]);
      answer(null, response);
    });
    expect((await client.call(name, request)).equals(response)).toBe(true);
    expect(seen).toEqual([[name, request]]);
  });

  test('hands on metadata, and errors with their details', async () => {
    const metadata = new Metadata();
    metadata.set('x-trace', 'abc');
    await answering((_name, call, answer) => {
      const trailers = new Metadata();
      trailers.set('x-seen', String(call.metadata.get('x-trace')));
      answer({ code: status.NOT_FOUND, details: 'no such image', metadata: trailers });
    });
    const error = await client
      .call('ImageStatus', Buffer.of(), { metadata })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'no such image' });
    expect((error as { metadata: Metadata }).metadata.get('x-seen')).toEqual(['abc']);
  });

  test('hands on that nobody waits any more', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    await answering((_name, call) => void call.once('cancelled', () => resolve()));
    const controller = new AbortController();
    const calling = client.call('PullImage', pullMessage({ image: 'a' }), { signal: controller.signal });
    calling.catch(() => {});
    setTimeout(() => controller.abort(), 50);
    await cancelled;
    await expect(calling).rejects.toMatchObject({ code: status.CANCELLED });
  });

  test('hands on deadlines', async () => {
    const { promise: deadline, resolve } = Promise.withResolvers<number>();
    await answering((_name, call) => resolve(Number(call.getDeadline())));
    const calling = client.call('ListImages', Buffer.of(), { deadlineMs: 500 });
    calling.catch(() => {});
    expect(Math.abs((await deadline) - Date.now())).toBeLessThan(5000);
    await expect(calling).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  test('says which containerd it cannot reach, and reaches it when it is there', async () => {
    const error = await client.call('ListImages', Buffer.of()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: status.UNAVAILABLE });
    expect((error as Error).message).toContain(`containerd at ${backend} cannot be reached by sluiced`);
    await answering((_name, _call, answer) => answer(null, Buffer.from('here')));
    const again = () => client.call('ListImages', Buffer.of()).catch(() => Buffer.of());
    await expect.poll(async () => String(await again()), { timeout: 10_000 }).toBe('here');
  });
});

describe('the credentials of a pull', () => {
  const learned = () => proxy.credentials.get('r.example', { registry: 'r.example', repository: 'team/app' });

  test('are known before containerd has the call, and are in no log line', async () => {
    let known: unknown;
    await answering(async (_name, _call, answer) => {
      known = await learned();
      answer(null, Buffer.of());
    });
    const message = pullMessage({ image: 'r.example/team/app:v1', username: 'me', password: SECRET });
    await client.call('PullImage', message);
    expect(known).toEqual({ kind: 'basic', username: 'me', password: SECRET });
    expect(logged.join()).toContain('r.example/team/app:v1');
    expect(logged.join()).not.toContain(SECRET);
  });

  test('are learned from PullImage only, and stay when the pull fails', async () => {
    await answering((_name, _call, answer) => answer({ code: status.UNKNOWN, details: 'failed' }));
    const message = pullMessage({ image: 'r.example/team/app:v1', username: 'me', password: SECRET });
    await client.call('ImageStatus', message).catch(() => {});
    expect(await learned()).toBeUndefined();
    await client.call('PullImage', message).catch(() => {});
    expect(await learned()).toMatchObject({ username: 'me' });
    await client.call('PullImage', pullMessage({ image: 'r.example/team/app:v1' })).catch(() => {});
    expect(await learned()).toMatchObject({ username: 'me' });
  });

  test('of a message that is none are left to containerd', async () => {
    await answering((_name, call, answer) => answer(null, call.request));
    const nonsense = Buffer.from([0xff, 0xff, 1]);
    expect((await client.call('PullImage', nonsense)).equals(nonsense)).toBe(true);
    expect(logged).toEqual([]);
  });
});
