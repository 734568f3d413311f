import { describe, expect, it } from 'vitest';
import { makeHintedLayer } from '../../test/hints/make-hinted-layer.ts';
import { createStemFilter, emptyHash, hashByte } from './stem-filter.ts';

const hashOf = (name: string) => Buffer.from(name).reduce(hashByte, emptyHash);

describe('createStemFilter', () => {
  it('knows the names of its layers up to their first dots, and hardly any other', async () => {
    const { layer } = await makeHintedLayer({ 'usr/lib/enum.py': 'x', 'usr/lib/.hidden.txt': 'y' });
    const filter = createStemFilter();
    filter.add(layer);
    for (const name of ['usr', 'lib', 'enum', '.hidden']) expect(filter.has(hashOf(name))).toBe(true);
    const others = Array.from({ length: 1000 }, (_, at) => `other${at}`);
    expect(others.filter((name) => filter.has(hashOf(name)))).toEqual([]);
  });
});
