import { chunkRange } from '@sluice/layer';
import type { HintBudget } from './hint-budget.ts';
import type { HintedLayer } from './hinted-layer.ts';
import { compareRanks, type Rank } from './rank.ts';

/** A file that names others, and how right it was. */
export interface Origin {
  /** Files that it names and that were fetched for that, so far not read. */
  open: number;
  hits: number;
}

/** Chunks of a file that is expected to be read. */
export interface Expected {
  readonly layer: HintedLayer;
  readonly chunks: readonly number[];
  readonly origin: Origin;
  readonly rank: Rank;
  readonly sure: boolean;
}

/** What is expected to be read and was not asked for yet. */
export interface HintQueue {
  add(expected: readonly Expected[]): void;
  /** Takes out what may be fetched now, what is read first first, about so many compressed bytes at most: chunks that are not here. */
  take(roomBytes: number): ReadonlyMap<HintedLayer, readonly number[]>;
  /** Notes that a chunk was read, whether or not it was expected. */
  noteRead(layer: HintedLayer, chunk: number): void;
  forget(layer: HintedLayer): void;
}

/** More is forgotten: what is read last. */
const maxWaiting = 10_000;
/** A file may list all there is (of encodings, say): its word is taken for few files until some of them are read. */
const trusted = { atFirst: 24, perHit: 4 };
/** What is sure hardly counts as a guess. */
const sureWeight = 0.125;

interface Guess {
  readonly origin: Origin;
  readonly heldBytes: number;
}

export function createHintQueue(budget: HintBudget): HintQueue {
  const guesses = new Map<HintedLayer, Map<number, Guess | 'read'>>();
  let waiting: Expected[] = [];

  const guessesOf = (layer: HintedLayer): Map<number, Guess | 'read'> => {
    const own = guesses.get(layer) ?? new Map();
    guesses.set(layer, own);
    return own;
  };

  /** What of it is to be fetched: undefined if it has to wait. */
  const claim = ({ layer, chunks, origin, sure }: Expected): readonly number[] | undefined => {
    const own = guessesOf(layer);
    const left = chunks.filter((chunk) => !layer.isHere(chunk) && !own.has(chunk));
    if (left.length === 0) return [];
    if (!sure && origin.open >= trusted.atFirst + trusted.perHit * origin.hits) return undefined;
    const weight = sure ? sureWeight : 1;
    const held = left.map((chunk) => chunkRange(layer.index, chunk).length * weight);
    if (!budget.take(held.reduce((sum, bytes) => sum + bytes, 0))) return undefined;
    origin.open += left.length;
    for (const [at, chunk] of left.entries()) own.set(chunk, { origin, heldBytes: held[at]! });
    return left;
  };

  return {
    add(expected) {
      waiting = [...waiting, ...expected].sort((a, b) => compareRanks(a.rank, b.rank)).slice(0, maxWaiting);
    },
    take(roomBytes) {
      const taken = new Map<HintedLayer, number[]>();
      let left = roomBytes;
      waiting = waiting.filter((expected) => {
        const chunks = left > 0 ? claim(expected) : undefined;
        if (!chunks) return true;
        left -= bytesOf(expected.layer, chunks);
        const own = taken.get(expected.layer);
        if (own) own.push(...chunks);
        else if (chunks.length > 0) taken.set(expected.layer, [...chunks]);
        return false;
      });
      return taken;
    },
    noteRead(layer, chunk) {
      budget.read(chunkRange(layer.index, chunk).length);
      const own = guessesOf(layer);
      const guess = own.get(chunk);
      // What is read is not to be expected any more.
      own.set(chunk, 'read');
      if (!guess || guess === 'read') return;
      budget.hit(guess.heldBytes);
      guess.origin.open--;
      guess.origin.hits++;
    },
    forget(layer) {
      guesses.delete(layer);
      waiting = waiting.filter((expected) => expected.layer !== layer);
    },
  };
}

export function bytesOf({ index }: HintedLayer, chunks: readonly number[]): number {
  return chunks.reduce((sum, chunk) => sum + chunkRange(index, chunk).length, 0);
}
