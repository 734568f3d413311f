import { NotLazyError } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLayerSource } from './parse-layer-source.ts';
import { tocDigest } from './toc-digest.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const criLabels = {
  'containerd.io/snapshot.ref': digest('c'),
  'containerd.io/snapshot/cri.image-ref': '127.0.0.1:5000/py:3',
  'containerd.io/snapshot/cri.layer-digest': digest('1'),
  'containerd.io/snapshot/cri.image-layers': `${digest('1')},${digest('2')}`,
  'containerd.io/snapshot/cri.manifest-digest': digest('f'),
};
const stargzLabels = {
  'containerd.io/snapshot.ref': digest('c'),
  'containerd.io/snapshot/remote/stargz.reference': '127.0.0.1:5000/py:3',
  'containerd.io/snapshot/remote/stargz.digest': digest('1'),
  'containerd.io/snapshot/remote/stargz.layers': `${digest('1')},${digest('2')}`,
  'containerd.io/snapshot/remote/stargz.prefetch': '10485760',
  'containerd.io/snapshot/remote/urls': '',
  'containerd.io/snapshot/remote/urls.0': '',
};

describe('parseLayerSource', () => {
  it('reads the labels of CRI and of the transfer service', () => {
    expect(parseLayerSource(criLabels)).toEqual({
      reference: '127.0.0.1:5000/py:3',
      layerDigest: digest('1'),
      manifestDigest: digest('f'),
      layers: [digest('1'), digest('2')],
      annotations: {},
    });
  });

  it('reads the labels of ctr-remote', () => {
    expect(parseLayerSource(stargzLabels)).toEqual({
      reference: '127.0.0.1:5000/py:3',
      layerDigest: digest('1'),
      layers: [digest('1'), digest('2')],
      annotations: {},
    });
  });

  it('hands on annotations that came as labels, under their own keys', () => {
    const labels = { ...stargzLabels, 'containerd.io/snapshot/stargz/toc.digest': digest('7') };
    const { annotations } = parseLayerSource(labels);
    expect(annotations).toEqual({ 'containerd.io/snapshot/stargz/toc.digest': digest('7') });
    expect(tocDigest(annotations)).toBe(digest('7'));
  });

  it('prefers the complete set, and CRI where both are complete', () => {
    const both = { ...stargzLabels, ...criLabels };
    expect(parseLayerSource(both).manifestDigest).toBe(digest('f'));
    const { 'containerd.io/snapshot/cri.layer-digest': _, ...half } = both;
    expect(parseLayerSource(half).manifestDigest).toBeUndefined();
  });

  it('drops neighbours that are not digests', () => {
    const labels = { ...criLabels, 'containerd.io/snapshot/cri.image-layers': `${digest('1')},sha256:12` };
    expect(parseLayerSource(labels).layers).toEqual([digest('1')]);
  });

  it.each([
    ['no labels', {}],
    ['only the target', { 'containerd.io/snapshot.ref': digest('c') }],
    ['a layer digest that leads out of the root', withDigest('sha256:../../../etc')],
    ['a layer digest in capitals', withDigest(digest('A'))],
    ['a layer digest with a line break', withDigest(`${digest('a')}\n`)],
    ['a manifest digest that is none', { ...criLabels, 'containerd.io/snapshot/cri.manifest-digest': 'x' }],
  ])('refuses %s as not lazy', (_, labels) => {
    expect(() => parseLayerSource(labels)).toThrow(
      expect.objectContaining({ name: 'NotLazyError', reason: 'no-labels' }),
    );
  });

  it('either gives validated digests or throws NotLazyError, whatever the labels', () => {
    const keys = Object.keys({ ...criLabels, ...stargzLabels });
    const value = fc.oneof(fc.string(), fc.constantFrom(digest('1'), digest('2')));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (labels) => {
        try {
          const source = parseLayerSource(labels);
          const digests = [source.layerDigest, source.manifestDigest ?? digest('0'), ...source.layers];
          for (const found of digests) expect(found).toMatch(/^sha256:[0-9a-f]{64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(NotLazyError);
        }
      }),
    );
  });
});

function withDigest(value: string): Record<string, string> {
  return { ...criLabels, 'containerd.io/snapshot/cri.layer-digest': value };
}
