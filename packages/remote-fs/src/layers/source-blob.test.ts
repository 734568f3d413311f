import { type ImageReference, parseImageReference } from '@sluice/registry';
import { buildEstargz } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { makeTestImage } from '../../test/test-image.ts';
import { createSourceBlob } from './source-blob.ts';

const layer = buildEstargz([{ name: 'file', type: 'reg', content: 'hello' }]);

async function setUp() {
  const image = await makeTestImage([layer]);
  const options = { layerDigest: layer.digest, sizeBytes: layer.size };
  const blob = createSourceBlob({ registry: image.client }, options);
  const here = parseImageReference(image.reference);
  // Nobody listens on port 1 of this machine.
  const gone: ImageReference = { ...here, host: '127.0.0.1:1' };
  return { image, blob, here, gone };
}

describe('createSourceBlob', () => {
  it('asks nobody until it is read', async () => {
    const { image, blob, here } = await setUp();
    await using _ = image;
    blob.addSource(here);
    expect(image.registry.requests).toEqual([]);
    expect(Buffer.from(await blob.read(0, 10)).equals(layer.blob.subarray(0, 10))).toBe(true);
  });

  it('goes to the next source when one fails, and stays with the one that works', async () => {
    const { image, blob, here, gone } = await setUp();
    await using _ = image;
    blob.addSource(here);
    blob.addSource(gone);
    await blob.read(0, 10);
    const began = performance.now();
    await blob.read(10, 10);
    expect(image.blobRequests()).toBe(2);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('throws what the preferred source said when none works', async () => {
    const { image, blob, here, gone } = await setUp();
    await using _ = image;
    blob.addSource(gone);
    blob.addSource({ ...here, repository: 'team/other' });
    image.registry.faults.always(() => ({ kind: 'status', status: 403 }));
    await expect(blob.read(0, 10)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('knows a source once, under whichever tag', async () => {
    const { image, blob, here } = await setUp();
    await using _ = image;
    const { tag: _tag, ...untagged } = here;
    blob.addSource(here);
    blob.addSource({ ...untagged, tag: 'other' });
    await blob.read(0, 10);
    expect(image.blobRequests()).toBe(1);
  });

  it('stops when the reader gives up', async () => {
    const { image, blob, here } = await setUp();
    await using _ = image;
    blob.addSource(here);
    const signal = AbortSignal.abort(new Error('gave up'));
    await expect(blob.read(0, 10, { signal })).rejects.toThrow('gave up');
  });
});
