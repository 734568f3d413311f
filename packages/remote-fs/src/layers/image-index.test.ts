import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestsOfIndex } from './image-index.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const here = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('manifestsOfIndex', () => {
  it('names the manifests for this machine, and no others', () => {
    const manifests = [
      { digest: digest('1'), platform: { os: 'linux', architecture: here } },
      { digest: digest('2'), platform: { os: 'linux', architecture: 'mips' } },
      { digest: digest('3'), platform: { os: 'windows', architecture: here } },
      { digest: digest('4') },
      { digest: 'sha256:../..', platform: { os: 'linux', architecture: here } },
      { digest: digest('5'), platform: { os: 'linux', architecture: here, variant: 'v3' } },
    ];
    expect(manifestsOfIndex(bytesOf({ manifests }))).toEqual([digest('1'), digest('5')]);
  });

  it('knows what is no index', () => {
    for (const value of [{ layers: [] }, 'x', null, 3])
      expect(manifestsOfIndex(bytesOf(value))).toBeUndefined();
    expect(manifestsOfIndex(Buffer.from('{'))).toBeUndefined();
  });

  it('never fails, whatever a registry sends', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (manifests) => {
        for (const found of manifestsOfIndex(bytesOf({ manifests })) ?? []) {
          expect(found).toMatch(/^sha256:[0-9a-f]{64}$/);
        }
      }),
    );
  });
});
