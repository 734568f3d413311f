import { describe, expect, it } from 'vitest';
import { layerKey } from './layer-key.ts';

const layer = `sha256:${'1'.repeat(64)}`;
const toc = `sha256:${'7'.repeat(64)}`;

describe('layerKey', () => {
  it('keeps apart what is vouched for by different digests, or by none', () => {
    const other = `sha256:${'8'.repeat(64)}`;
    const trusts = [toc, other, undefined].flatMap((digest) =>
      [true, false].map((allowed) => layerKey(layer, digest, allowed).trust),
    );
    expect(new Set(trusts).size).toBe(6);
  });

  it('can be part of a path', () => {
    expect(layerKey(layer, toc, false).trust).toMatch(/^[\w.-]+$/);
    expect(layerKey(layer, undefined, true).trust).toMatch(/^[\w.-]+$/);
  });

  it.each(['sha512:00', '../../etc/passwd', 'sha256:', `${toc}\n`])('refuses %j as a digest', (digest) => {
    expect(() => layerKey(layer, digest, false)).toThrow(
      expect.objectContaining({ reason: 'unsupported-format' }),
    );
  });
});
