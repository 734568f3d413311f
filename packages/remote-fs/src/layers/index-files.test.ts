import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory, makeTestLayer } from '../../test/test-layer.ts';
import { createIndexFiles } from './index-files.ts';
import { layerKey } from './layer-key.ts';

const provenance = { reference: 'host/app:1', format: 'estargz', blobSizeBytes: 9, tocDigest: undefined };

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const layer = await makeTestLayer([{ name: 'file', type: 'reg', content: 'hello' }]);
  const key = layerKey(layer.built.digest, layer.built.tocDigest, false);
  const path = join(directory.path, layer.built.digest.slice(7), `${key.trust}.index`);
  return {
    directory,
    logger,
    layer,
    key,
    path,
    files: createIndexFiles({ logger }, { directory: directory.path }),
  };
}

describe('createIndexFiles', () => {
  it('gives back what was saved, under the same key only', async () => {
    const { directory, layer, key, files } = await setUp();
    await using _ = directory;
    expect(await files.load(key)).toBeUndefined();
    await (await files.save(key, layer.index, provenance)).durable;
    const loaded = await files.load(key);
    expect(Buffer.from(loaded!.buffer).equals(Buffer.from(layer.index.buffer))).toBe(true);
    expect(await files.load(layerKey(key.layerDigest, undefined, false))).toBeUndefined();
    expect(await files.load(layerKey(key.layerDigest, `sha256:${'7'.repeat(64)}`, false))).toBeUndefined();
  });

  it('gives the index while it is being made durable, as later processes find it', async () => {
    const { directory, layer, key, path, files } = await setUp();
    await using _ = directory;
    const { index, durable } = await files.save(key, layer.index, provenance);
    expect(index).not.toBe(layer.index);
    expect(Buffer.from(index.buffer).equals(Buffer.from(layer.index.buffer))).toBe(true);
    await durable;
    expect((await readFile(path)).equals(Buffer.from(index.buffer))).toBe(true);
    const later = createIndexFiles({ logger: createLogRecorder() }, { directory: directory.path });
    expect(Buffer.from((await later.load(key))!.buffer).equals(Buffer.from(index.buffer))).toBe(true);
  });

  it('waits at its end for what is being written', async () => {
    const { directory, layer, key, path, files } = await setUp();
    await using _ = directory;
    await files.save(key, layer.index, provenance);
    await files[Symbol.asyncDispose]();
    expect((await readdir(join(path, '..'))).sort()).toEqual([`${key.trust}.index`, `${key.trust}.json`]);
  });

  it('says beside the index where it came from, and leaves nothing else', async () => {
    const { directory, layer, key, path, files } = await setUp();
    await using _ = directory;
    await (await files.save(key, layer.index, provenance)).durable;
    const told = JSON.parse(await readFile(path.replace(/index$/, 'json'), 'utf8'));
    expect(told).toMatchObject({ layer: key.layerDigest, reference: 'host/app:1', format: 'estargz' });
    expect((await readdir(join(path, '..'))).sort()).toEqual([`${key.trust}.index`, `${key.trust}.json`]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['changed', (bytes: Buffer) => bytes.fill(1, bytes.length - 4)],
    ['emptied', () => Buffer.alloc(0)],
  ])('takes an index that was %s for none, removes it and says so', async (_, damage) => {
    const { directory, logger, layer, key, path, files } = await setUp();
    await using _directory = directory;
    await (await files.save(key, layer.index, provenance)).durable;
    await writeFile(path, damage(await readFile(path)));
    expect(await files.load(key)).toBeUndefined();
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { path } }]);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
