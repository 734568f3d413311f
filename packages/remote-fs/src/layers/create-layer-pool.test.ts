import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { buildEstargz, buildTarGzip } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { openTestPool } from '../../test/open-test-pool.ts';
import { makeTestImage, type TestImage } from '../../test/test-image.ts';
import { eventually, makeTemporaryDirectory } from '../../test/test-layer.ts';
import { parseLayerSource } from '../labels/parse-layer-source.ts';
import type { OpenLayer } from './open-layer.ts';

const base = buildEstargz([{ name: 'etc/base', type: 'reg', content: 'base' }]);
const top = buildEstargz([{ name: 'etc/top', type: 'reg', content: 'top' }]);
const plain = { ...buildTarGzip([{ name: 'etc/plain', type: 'reg', content: 'plain' }]) };

async function setUp(options: { allowUnverified?: boolean; layers?: (typeof base | typeof plain)[] } = {}) {
  const directory = await makeTemporaryDirectory();
  const image = await makeTestImage(options.layers ?? [base, top]);
  const logger = createLogRecorder();
  const openPool = () => openTestPool(directory.path, { registry: image.client, logger }, options);
  return {
    directory,
    image,
    logger,
    openPool,
    async [Symbol.asyncDispose]() {
      await image[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const call = { signal: AbortSignal.timeout(20_000) };

describe('createLayerPool', () => {
  it('opens a layer by the labels of CRI with one request for the manifest and one for the index', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    using lease = await pool.acquire(parseLayerSource(test.image.criLabels(base)));
    expect(lease.layer.digest).toBe(base.digest);
    expect(lease.layer.totalBytes).toBe(4);
    expect(test.image.registry.requests.map((request) => request.kind)).toEqual(['manifest', 'blob']);
  });

  it('opens a layer by the labels of ctr-remote, which name no manifest: the reference does', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    using lease = await pool.acquire(parseLayerSource(test.image.stargzLabels(top)));
    expect(lease.layer.index.blobSize).toBe(top.size);
    expect(test.image.registry.requests.map((request) => request.kind)).toEqual(['manifest', 'blob']);
  });

  it('asks the registry for the size of a layer that the reference does not name any more', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.stargzLabels(top));
    using lease = await pool.acquire({ ...source, reference: source.reference.replace('latest', 'gone') });
    expect(lease.layer.index.blobSize).toBe(top.size);
    expect(test.image.blobRequests()).toBe(2);
  });

  it.each(['criLabels', 'stargzLabels'] as const)(
    'reads the indexes of all layers of an image at one time, with one request each (%s)',
    async (labels) => {
      const layers = Array.from({ length: 12 }, (_, at) =>
        buildEstargz([{ name: `file-${at}`, type: 'reg', content: `${at}` }]),
      );
      await using test = await setUp({ layers });
      using pool = test.openPool();
      const source = parseLayerSource(test.image[labels](layers[0]!));
      const acquiring = pool.acquire(source);
      pool.anticipate(source);
      using _first = await acquiring;
      await eventually(async () => {
        const saved = await readdir(join(test.directory.path, 'layers'), { recursive: true }).catch(() => []);
        return saved.filter((name) => name.endsWith('.index')).length === layers.length;
      });
      for (const layer of layers) {
        using _lease = await pool.acquire(parseLayerSource(test.image[labels](layer)));
      }
      const kinds = test.image.registry.requests.map(({ kind, method }) => `${method} ${kind}`);
      expect(kinds.filter((kind) => kind === 'GET blob')).toHaveLength(layers.length);
      expect(kinds.filter((kind) => kind !== 'GET blob')).toEqual(['GET manifest']);
    },
  );

  it('finds the digest of the table in the manifest if the labels lack it', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const { annotations: _, ...source } = parseLayerSource(test.image.criLabels(base));
    using _lease = await pool.acquire({ ...source, annotations: {} });
  });

  it('opens a layer once for all who use it at one time, and keeps it until the last has left', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    const leases = await Promise.all([pool.acquire(source), pool.acquire(source), pool.acquire(source)]);
    expect(new Set(leases.map((lease) => lease.layer)).size).toBe(1);
    expect(test.image.blobRequests()).toBe(1);
    leases[0]![Symbol.dispose]();
    leases[0]![Symbol.dispose]();
    leases[1]![Symbol.dispose]();
    expect(pool.open()).toHaveLength(1);
    leases[2]![Symbol.dispose]();
    expect(pool.open()).toHaveLength(0);
  });

  it('needs no registry for a layer that it has opened before, not even for the manifest', async () => {
    await using test = await setUp();
    {
      using pool = test.openPool();
      using lease = await pool.acquire(parseLayerSource(test.image.criLabels(base)));
      await lease.layer.durable;
    }
    await test.image.registry[Symbol.asyncDispose]();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    using _lease = await pool.acquire(source, call);
    using _unnamed = await pool.acquire({ ...source, annotations: {} }, call);
  });

  it('does not use an index that one digest vouches for where another is asked for', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    using _lease = await pool.acquire(source);
    const annotations = { 'containerd.io/snapshot/stargz/toc.digest': `sha256:${'7'.repeat(64)}` };
    await expect(pool.acquire({ ...source, annotations })).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('takes a layer that nothing vouches for only where that is allowed', async () => {
    const labelsOf = ({ image }: { image: TestImage }) => {
      const { 'containerd.io/snapshot/stargz/toc.digest': _, ...labels } = image.stargzLabels(base);
      return parseLayerSource(labels);
    };
    await using strict = await setUp();
    using strictPool = strict.openPool();
    await expect(strictPool.acquire(labelsOf(strict))).rejects.toMatchObject({ code: 'UNVERIFIED' });
    await using lax = await setUp({ allowUnverified: true });
    using laxPool = lax.openPool();
    using _lease = await laxPool.acquire(labelsOf(lax));
  });

  it('refuses a layer of no known format, and saves nothing of it', async () => {
    await using test = await setUp({ layers: [plain] });
    using pool = test.openPool();
    await expect(pool.acquire(parseLayerSource(test.image.criLabels(plain)))).rejects.toMatchObject({
      reason: 'unsupported-format',
      message: expect.stringContaining('estargz'),
    });
    expect(pool.open()).toEqual([]);
    await expect(readdir(join(test.directory.path, 'layers'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tries again after a failure', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    const missing = { ...source, layerDigest: `sha256:${'0'.repeat(64)}` };
    await expect(pool.acquire(missing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(pool.acquire(missing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    using _lease = await pool.acquire(source);
  });

  it('gives up with its only caller, and serves the next one all the same', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.stargzLabels(base));
    const controller = new AbortController();
    const abandoned = pool.acquire(source, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('gave up')));
    await expect(abandoned).rejects.toThrow('gave up');
    using _lease = await pool.acquire(source);
  });

  it('saves the indexes of the other layers of the image ahead of time', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    using _lease = await pool.acquire(source);
    pool.anticipate(source);
    pool.anticipate(source);
    await eventually(async () => {
      const found = await readdir(join(test.directory.path, 'layers', top.digest.slice(7))).catch(() => []);
      return found.some((name) => name.endsWith('.index'));
    });
    const before = test.image.registry.requests.length;
    using _top = await pool.acquire(parseLayerSource(test.image.criLabels(top)));
    expect(test.image.registry.requests).toHaveLength(before);
  });

  it('tells of the other layers when they are open, and keeps them for whoever asks next', async () => {
    await using test = await setUp();
    using pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    using _lease = await pool.acquire(source);
    const told: [string, OpenLayer][] = [];
    pool.anticipate(source, ({ layerDigest }, layer) => told.push([layerDigest, layer]));
    await eventually(() => told.length > 0);
    expect(told.map(([digest]) => digest)).toEqual([top.digest]);
    expect(pool.open()).toHaveLength(2);
    using lease = await pool.acquire(parseLayerSource(test.image.criLabels(top)));
    expect(lease.layer).toBe(told[0]![1]);
  });

  it('keeps no layer any more that nobody has asked for once it is closed', async () => {
    await using test = await setUp();
    const pool = test.openPool();
    const source = parseLayerSource(test.image.criLabels(base));
    {
      using _lease = await pool.acquire(source);
      const opened = Promise.withResolvers<void>();
      pool.anticipate(source, () => opened.resolve());
      await opened.promise;
    }
    expect(pool.open().map(({ digest }) => digest)).toEqual([top.digest]);
    pool[Symbol.dispose]();
    expect(pool.open()).toEqual([]);
  });

  it('knows of contents that are here already, some time after opening', async () => {
    await using test = await setUp();
    {
      using pool = test.openPool();
      using lease = await pool.acquire(parseLayerSource(test.image.criLabels(base)));
      await lease.layer.source.fill(0, 0, 4, call);
      await eventually(async () => {
        const shards = await readdir(join(test.directory.path, 'content'), { recursive: true });
        return shards.some((name) => /\/[0-9a-f]{64}$/.test(name));
      });
    }
    using pool = test.openPool();
    using lease = await pool.acquire(parseLayerSource(test.image.criLabels(base)));
    await eventually(() => lease.layer.present().bytes === 4);
    expect(lease.layer.present()).toEqual({ bytes: 4, contents: 1 });
  });
});
