import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findWords } from './find-words.ts';

const all = { has: (_hash: number) => true };
const wordsOf = (text: string, filter = all) => findWords(Buffer.from(text, 'latin1'), filter);

describe('findWords', () => {
  it('finds names, and those that are joined, each once, in order', () => {
    expect(wordsOf('import os.path, re\n#include <bits/types.h> "re"')).toEqual([
      'import',
      'os.path',
      're',
      'include',
      'bits/types.h',
    ]);
  });

  it('finds them between bytes that are no text', () => {
    expect(wordsOf('\xda\x06typing\x00\xfa\x08argparse\xe9\x01')).toEqual(['typing', 'argparse']);
  });

  it('skips what cannot be a name: single letters, numbers and what begins with one', () => {
    expect(wordsOf('x = 12 + 2nd, y')).toEqual([]);
  });

  it('tries the filter with the first of names that are joined, and then with the next', () => {
    const asked: number[] = [];
    const second = {
      has(hash: number) {
        asked.push(hash);
        return asked.length > 1;
      },
    };
    expect(wordsOf('self.parser', second)).toEqual(['parser']);
  });

  it('is bounded in bytes and words, and never throws', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `name${at}x`).join(' ');
    expect(wordsOf(many)).toHaveLength(1024);
    expect(wordsOf(`${' '.repeat(256 * 1024)}late`)).toEqual([]);
    expect(wordsOf('a'.repeat(10_000))).toEqual([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        for (const word of findWords(bytes, all)) {
          expect(word).toMatch(/^[A-Za-z_][\w+-]+([./]\w[\w+-]*)*$|^[A-Za-z_][\w+-]+([./][\w+-]+)*$/);
        }
      }),
    );
  });
});
