import { makeImage } from '@sluice/testkit/estargz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layersOfManifest } from './layer-descriptor.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('layersOfManifest', () => {
  it('reads digest, size and annotations of every layer', () => {
    const layer = { digest: 'sha256:a', diffId: 'sha256:b', size: 7, annotations: { toc: 'x' } };
    const { manifest } = makeImage([layer, { ...layer, annotations: {} }]);
    expect(layersOfManifest(manifest.bytes)).toEqual([
      { digest: 'sha256:a', sizeBytes: 7, annotations: { toc: 'x' } },
      { digest: 'sha256:a', sizeBytes: 7, annotations: {} },
    ]);
  });

  it.each([
    ['an image index', bytes({ manifests: [] })],
    ['no JSON', Buffer.from('not found')],
    ['null', bytes(null)],
    ['layers that are no array', bytes({ layers: 'none' })],
  ])('finds no layers in %s', (_, document) => {
    expect(layersOfManifest(document)).toEqual([]);
  });

  it('leaves out what cannot be a layer, and annotations that are no text', () => {
    const layers = [null, { digest: 1, size: 1 }, { digest: 'd', size: -1 }, { digest: 'd', size: 1.5 }];
    const good = { digest: 'd', size: 1, annotations: { a: 1, b: 'text', __proto__: 'x' } };
    expect(layersOfManifest(bytes({ layers: [...layers, good] }))).toEqual([
      { digest: 'd', sizeBytes: 1, annotations: { b: 'text' } },
    ]);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void layersOfManifest(bytes({ layers: value }))));
    fc.assert(fc.property(fc.uint8Array(), (value) => void layersOfManifest(value)));
  });
});
