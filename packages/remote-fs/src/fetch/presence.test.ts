import { contentChunks } from '@sluice/layer';
import { describe, expect, it } from 'vitest';
import { makeTestLayer, noise } from '../../test/test-layer.ts';
import { createPresence } from './presence.ts';

async function setUp() {
  const files = [
    { name: 'big', type: 'reg', content: noise(100_000) },
    { name: 'small', type: 'reg', content: 'hello' },
  ] as const;
  const layer = await makeTestLayer(files, { chunkSizeBytes: 1000 });
  return { layer, presence: createPresence(layer.index) };
}

describe('createPresence', () => {
  it('begins with nothing', async () => {
    const { layer, presence } = await setUp();
    expect(presence.count()).toEqual({ bytes: 0, contents: 0 });
    expect(presence.bits).toHaveLength(Math.ceil(layer.index.chunkCount / 32));
    expect(presence.bits.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('sets the bit of a chunk and no other, in every place of a word', async () => {
    const { layer, presence } = await setUp();
    for (let chunk = 0; chunk < layer.index.chunkCount; chunk += 2) presence.add(chunk);
    for (let chunk = 0; chunk < layer.index.chunkCount; chunk++) {
      expect(presence.has(chunk)).toBe(chunk % 2 === 0);
      expect((presence.bits[chunk >>> 5]! >>> (chunk & 31)) & 1).toBe(chunk % 2 === 0 ? 1 : 0);
    }
  });

  it('counts bytes of chunks and contents that are begun', async () => {
    const { layer, presence } = await setUp();
    presence.add(contentChunks(layer.index, layer.contentOf('big')).first + 3);
    expect(presence.count()).toEqual({ bytes: 1000, contents: 1 });
    presence.addContent(layer.contentOf('small'));
    expect(presence.count()).toEqual({ bytes: 1005, contents: 2 });
    presence.addContent(layer.contentOf('big'));
    expect(presence.count()).toEqual({ bytes: 100_005, contents: 2 });
  });

  it('forgets contents by their names, and no others', async () => {
    const { layer, presence } = await setUp();
    const [big, small] = ['big', 'small'].map((path) => layer.contentOf(path)) as [number, number];
    for (const content of [big, small]) presence.addContent(content);
    const name = layer.index.contents.digest.slice(big * 32, big * 32 + 32);
    presence.removeContents([name, Buffer.alloc(32, 7)]);
    expect(presence.count()).toEqual({ bytes: 5, contents: 1 });
  });
});
