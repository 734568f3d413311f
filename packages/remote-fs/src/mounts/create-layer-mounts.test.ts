import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createMemoryMachine } from '@sluice/testkit/fuse';
import { expect, it } from 'vitest';
import { openTestPool } from '../../test/open-test-pool.ts';
import { makeTestImage } from '../../test/test-image.ts';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import { parseLayerSource } from '../labels/parse-layer-source.ts';
import type { LayerPool } from '../layers/layer-pool.ts';
import { createLayerMounts } from './create-layer-mounts.ts';

const layer = buildEstargz([{ name: 'file', type: 'reg', content: 'hello' }]);

/** The pool on a disk that does not take indexes. */
function withDurable(pool: LayerPool, durable: Promise<void>): LayerPool {
  return {
    ...pool,
    async acquire(...args) {
      const lease = await pool.acquire(...args);
      return { layer: { ...lease.layer, durable }, [Symbol.dispose]: lease[Symbol.dispose] };
    },
  };
}

async function setUp() {
  await using parts = new AsyncDisposableStack();
  const directory = parts.use(await makeTemporaryDirectory());
  const image = parts.use(await makeTestImage([layer]));
  const driver = parts.use(createMemoryMachine().createDriver());
  const logger = createLogRecorder();
  const pool = parts.use(openTestPool(directory.path, { registry: image.client, logger }));
  const mountpoint = join(directory.path, 'fs');
  await mkdir(mountpoint);
  const open = (durable: Promise<void>) =>
    createLayerMounts({ driver, logger, pool: withDurable(pool, durable), survival: undefined });
  const owned = parts.move();
  return {
    pool,
    open,
    mountpoint,
    source: parseLayerSource(image.criLabels(layer)),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

it('says that a layer is mounted only when a restart would bring it back', async () => {
  await using test = await setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  const mounts = test.open(promise);
  const mounting = mounts.mount(test.mountpoint, test.source, {});
  const early = await Promise.race([mounting, new Promise((done) => setTimeout(done, 200, 'not yet'))]);
  expect(early).toBe('not yet');
  expect(mounts.get(test.mountpoint)).toBeUndefined();
  resolve();
  expect((await mounting).lease.layer.digest).toBe(layer.digest);
  await mounts.close();
});

it('takes a layer away again that a restart would not bring back, and says why', async () => {
  await using test = await setUp();
  const full = Promise.reject(new Error('no space left'));
  full.catch(() => {});
  const mounts = test.open(full);
  await expect(mounts.mount(test.mountpoint, test.source, {})).rejects.toThrow('no space left');
  expect(mounts.size).toBe(0);
  expect(test.pool.open()).toEqual([]);
  // The place is free.
  const again = test.open(Promise.resolve());
  await again.mount(test.mountpoint, test.source, {});
  await again.close();
});
