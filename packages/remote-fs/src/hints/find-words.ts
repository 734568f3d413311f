import { emptyHash, hashByte, type StemFilter } from './stem-filter.ts';

/** More is not looked at. */
const limits = { bytes: 256 * 1024, words: 1024, wordBytes: 64, names: 8 };

const inWord = tableOf(/[\w+-]/);
const beginsWord = tableOf(/[A-Za-z_]/);
const joins = tableOf(/[./]/);

/**
 * What could be names of files in a text, or in something that has texts in it (bytecode): names, or several of them
 * joined by dots or slashes (`os.path`, `bits/types.h`), of which the first is one of the filter's. Each once, in the
 * order in which they come.
 */
export function findWords(bytes: Uint8Array, filter: Pick<StemFilter, 'has'>): readonly string[] {
  const words = new Set<string>();
  const length = Math.min(bytes.length, limits.bytes);
  let at = 0;
  while (at < length && words.size < limits.words) {
    if (!beginsWord[bytes[at]!]) {
      // Of `2nd`, `nd` is no word.
      if (inWord[bytes[at]!]) while (at < length && inWord[bytes[at]!]) at++;
      else at++;
      continue;
    }
    const start = at;
    let hash = emptyHash;
    for (; at < length && inWord[bytes[at]!]; at++) hash = hashByte(hash, bytes[at]!);
    if (at - start < 2 || at - start > limits.wordBytes || !filter.has(hash)) continue;
    at = endOfPath(bytes, at, length);
    words.add(Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString('latin1'));
  }
  return [...words];
}

/** Where more names end that are joined to one which ends at `at`. */
function endOfPath(bytes: Uint8Array, at: number, length: number): number {
  let end = at;
  for (let names = 1; names < limits.names && end + 1 < length; names++) {
    if (!joins[bytes[end]!] || !inWord[bytes[end + 1]!]) break;
    let next = end + 1;
    while (next < length && inWord[bytes[next]!]) next++;
    if (next - end > limits.wordBytes) break;
    end = next;
  }
  return end;
}

function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (pattern.test(String.fromCharCode(byte)) ? 1 : 0));
}
