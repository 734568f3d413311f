import type { ByteArena } from '../build/byte-arena.ts';

/** Gives the value that belongs to the word in an arena, without making a string of it. */
export type Keywords<T> = (word: ByteArena) => T | undefined;

export function createKeywords<T>(words: Readonly<Record<string, T>>): Keywords<T> {
  const byLength: { bytes: Uint8Array; value: T }[][] = [];
  for (const [word, value] of Object.entries(words)) {
    const bytes = Buffer.from(word);
    byLength[bytes.length] ??= [];
    byLength[bytes.length]!.push({ bytes, value });
  }
  return (word) => byLength[word.length]?.find(({ bytes }) => isSame(bytes, word))?.value;
}

function isSame(bytes: Uint8Array, word: ByteArena): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== word.bytes[i]) return false;
  return true;
}
