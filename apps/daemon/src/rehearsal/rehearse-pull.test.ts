import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEstargzFormat } from '@sluice/layer';
import { createLogRecorder } from '@sluice/testkit/core';
import { createMemoryBlob, describeLayer } from '@sluice/testkit/estargz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeUpLayer } from './made-up-layer.ts';
import { startMadeUpRegistry } from './made-up-registry.ts';
import { rehearseLater } from './rehearse-later.ts';
import { rehearsePull } from './rehearse-pull.ts';

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-rehearsal-'));
  directory = join(root, 'rehearsal');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('rehearsePull', () => {
  it('pulls from the first request to the last byte, and leaves nothing', async () => {
    const logger = createLogRecorder();
    await rehearsePull({ logger }, { directory, signal: new AbortController().signal });
    expect(logger.lines).toMatchObject([{ level: 'debug', message: 'a pull was rehearsed' }]);
    expect(readdirSync(root)).toEqual([]);
  });

  it('ends when it is told to, without a word', async () => {
    const logger = createLogRecorder();
    const stopping = new AbortController();
    const done = rehearsePull({ logger }, { directory, signal: stopping.signal });
    await expect
      .poll(() => existsSync(join(directory, 'layers')), { interval: 1, timeout: 10_000 })
      .toBe(true);
    stopping.abort(new Error('stop'));
    await done;
    expect(readdirSync(root)).toEqual([]);
    expect(logger.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  it('does without where there is no place for it', async () => {
    const logger = createLogRecorder();
    writeFileSync(join(root, 'file'), '');
    const signal = new AbortController().signal;
    await rehearsePull({ logger }, { directory: join(root, 'file', 'below'), signal });
    expect(logger.lines).toMatchObject([{ level: 'debug', message: 'a pull could not be rehearsed' }]);
  });
});

describe('rehearseLater', () => {
  const pauseMs = 250;

  it('waits for what is to come first', async () => {
    const logger = createLogRecorder();
    const first = Promise.withResolvers<void>();
    await using _rehearsal = rehearseLater({
      logger,
      root,
      after: first.promise,
      isInUse: () => false,
      pauseMs,
    });
    await new Promise((later) => setTimeout(later, 400));
    expect(logger.lines).toEqual([]);
    first.resolve();
    await expect
      .poll(() => logger.lines, { timeout: 20_000 })
      .toMatchObject([{ message: 'a pull was rehearsed' }]);
  });

  it('rehearses nothing where layers are mounted, and removes what a rehearsal has left that was killed', async () => {
    const logger = createLogRecorder();
    mkdirSync(join(directory, 'layers'), { recursive: true });
    writeFileSync(join(directory, 'layers', 'half'), 'half');
    const asked = Promise.withResolvers<void>();
    const isInUse = () => {
      asked.resolve();
      return true;
    };
    await using _rehearsal = rehearseLater({ logger, root, after: Promise.resolve(), isInUse, pauseMs });
    await asked.promise;
    await new Promise((later) => setTimeout(later, 100));
    expect(readdirSync(root)).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it('begins none in a daemon that is stopped soon', async () => {
    const logger = createLogRecorder();
    await rehearseLater({ logger, root, after: Promise.resolve(), isInUse: () => false, pauseMs })[
      Symbol.asyncDispose
    ]();
    expect(readdirSync(root)).toEqual([]);
    expect(logger.lines).toEqual([]);
  });
});

describe('what is made up for it', () => {
  it('is a layer with entries of all kinds that are verified', async () => {
    const { blob, tocDigest, dataBytes } = makeUpLayer(60);
    const annotations = { 'containerd.io/snapshot/stargz/toc.digest': tocDigest };
    const index = await createEstargzFormat().open(createMemoryBlob(blob), { annotations });
    const nodes = describeLayer(index!);
    expect([...nodes.keys()].filter((path) => path.endsWith('.py'))).toHaveLength(60);
    expect(nodes.get('usr/lib/d0/link')).toBeDefined();
    expect(nodes.get('usr/lib/d0/tool')).toBeDefined();
    // Two of the sixty have three chunks.
    expect(index).toMatchObject({ contentCount: 60, chunkCount: 64 });
    expect(dataBytes).toBeLessThan(blob.length);
  });

  it('is a registry that serves objects, ranges of them, and nothing else', async () => {
    await using registry = await startMadeUpRegistry(new Map([['/v2/a/blobs/b', Buffer.from('0123456789')]]));
    const get = async (path: string, range?: string) => {
      const response = await fetch(`http://${registry.host}${path}`, range ? { headers: { range } } : {});
      return [response.status, await response.text(), response.headers.get('content-range')];
    };
    expect(await get('/v2/a/blobs/b')).toEqual([200, '0123456789', null]);
    expect(await get('/v2/a/blobs/b', 'bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await get('/v2/a/blobs/c')).toEqual([404, '', null]);
  });
});
