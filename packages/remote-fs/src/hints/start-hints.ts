import { chunkAt, contentChunks, contentOfChunk } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import { createElfHints } from './elf-hints.ts';
import { createHintBudget } from './hint-budget.ts';
import { bytesOf, createHintQueue, type Origin } from './hint-queue.ts';
import type { Hint, HintSource } from './hint-source.ts';
import type { HintedLayer } from './hinted-layer.ts';
import { createImageTree, type TreeFile } from './image-tree.ts';
import { compareRanks, type Rank } from './rank.ts';
import { readHere } from './read-here.ts';
import { createRecentChunks } from './recent-chunks.ts';
import { createStemFilter } from './stem-filter.ts';
import { createWordHints } from './word-hints.ts';

/** One start of an image: what its files name is fetched before it is read. */
export interface StartHints {
  /** Puts a layer on top of the others. */
  add(layer: HintedLayer): void;
  remove(layer: HintedLayer): void;
  /** Says that a chunk has come. */
  arrived(layer: HintedLayer, chunk: number, bytes: Uint8Array): void;
  /**
   * Sees what was read since the last time, and begins to fetch what follows from it.
   *
   * @returns whether something was read
   */
  look(): boolean;
}

export interface StartHintsOptions {
  /** Guess from words in files, too: fewer waits for more requests and bytes. Default false. */
  readonly words?: boolean;
  /** Bytes of guesses that may be fetched before anything was read. Default 3 MiB. */
  readonly creditBytes?: number;
  /** Of guesses that have not come true: their part of what was read. Default 0.2. */
  readonly share?: number;
}

/** Larger files are not fetched on a guess, unless the hint names a part. */
const maxGuessedBytes = 2560 * 1024;
/** Of those that are needed for certain, only the beginning: it says what else is. */
const maxSureBytes = 6 * 1024 * 1024;
/** A guess from a file that was itself only guessed, and so on. */
const maxDepth = 4;
/** So much keeps the link busy; what waits meanwhile is joined by more, and neighbours share a request. */
const onWayBytes = { most: 512 * 1024, leastRoom: 128 * 1024 };
const recentBytes = 16 * 1024 * 1024;

/** A file that is looked into once its chunks are here. */
interface Task {
  readonly file: TreeFile;
  /** Its length is one more than that of the chain of guesses that leads to the file. */
  readonly rank: Rank;
  readonly chunks: readonly number[];
}

export function createStartHints(
  { logger }: { readonly logger: Logger },
  { words = false, creditBytes = 3 * 1024 * 1024, share = 0.2 }: StartHintsOptions = {},
): StartHints {
  const tree = createImageTree();
  const stems = createStemFilter();
  const sources: readonly HintSource[] = [
    createElfHints(tree),
    ...(words ? [createWordHints(tree, stems)] : []),
  ];
  const queue = createHintQueue(createHintBudget({ creditBytes, share }));
  const recent = createRecentChunks(recentBytes);
  /** Of each layer, how many reads were seen. */
  const seen = new Map<HintedLayer, number>();
  /** By the last of the chunks that they wait for. */
  const waiting = new Map<string, Task>();
  const ready: Task[] = [];
  const known = new Set<string>();
  let looking = false;
  let onWay = 0;
  let readCount = 0;

  const expect = (file: TreeFile, chunks: readonly number[], rank: Rank) => {
    const key = `${file.layer.digest}/${chunks.at(-1)}`;
    if (rank.length > maxDepth || known.has(key)) return;
    known.add(key);
    const task = { file, rank, chunks };
    if (chunks.every((chunk) => isHere(file.layer, chunk))) ready.push(task);
    else waiting.set(key, task);
  };
  const isHere = (layer: HintedLayer, chunk: number) =>
    layer.isHere(chunk) || recent.get(layer, chunk) !== undefined;

  const follow = (hints: readonly Hint[], parent: Rank) => {
    const origin: Origin = { open: 0, hits: 0 };
    const expected = hints.flatMap(({ file, range, sure }, at) => {
      const { layer } = file;
      const all = chunksOf(file, range);
      const chunks = sure && bytesOf(layer, all) > maxSureBytes ? all.slice(0, 1) : all;
      if (!seen.has(layer) || (!sure && bytesOf(layer, chunks) > maxGuessedBytes)) return [];
      const rank = [...parent, at];
      expect(file, range ? chunks : chunks.slice(0, 1), rank);
      return [{ layer, chunks, origin, rank, sure }];
    });
    if (expected.length > 0) queue.add(expected);
  };

  const noteRead = (layer: HintedLayer, chunk: number) => {
    queue.noteRead(layer, chunk);
    const content = contentOfChunk(layer.index, chunk);
    const file = tree.placeOf(layer, content);
    if (!file) return;
    const rank = [readCount++];
    for (const source of sources) follow(source.noteRead(file), rank);
    const { first } = contentChunks(layer.index, content);
    if (chunk === first) expect(file, [first], rank);
  };

  const noteReads = (): boolean => {
    let any = false;
    for (const [layer, before] of seen) {
      const count = Atomics.load(layer.reads, 0);
      if (count === before) continue;
      any = true;
      seen.set(layer, count);
      for (const chunk of readSince(layer, before)) noteRead(layer, chunk);
    }
    return any;
  };

  const lookInto = async ({ file, rank }: Task) => {
    const sizeBytes = file.layer.index.contents.size[file.content]!;
    const looked = { file, sizeBytes, read: readHere(file, recent), wasRead: rank.length === 1 };
    for (const source of sources) follow(await source.lookInto(looked), rank);
  };

  const fetch = () => {
    const roomBytes = onWayBytes.most - onWay;
    if (roomBytes < onWayBytes.leastRoom) return;
    for (const [layer, chunks] of queue.take(roomBytes)) {
      const bytes = bytesOf(layer, chunks);
      onWay += bytes;
      void layer.bring(chunks).then(() => {
        onWay -= bytes;
        fetch();
      });
    }
  };

  const next = (): Task | undefined => {
    ready.sort((a, b) => compareRanks(b.rank, a.rank));
    return ready.pop();
  };

  const lookIntoAll = async () => {
    if (looking) return;
    looking = true;
    try {
      for (let task = next(); task; task = next()) {
        await lookInto(task);
        fetch();
        if (ready.length > 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (err) {
      logger.warn({ err }, 'what the files of an image say of each other is not looked at any more');
      return;
    }
    looking = false;
  };

  const later = () => setImmediate(() => void lookIntoAll());

  return {
    add(layer) {
      if (seen.has(layer)) return;
      seen.set(layer, 0);
      tree.add(layer);
      if (words) stems.add(layer);
    },
    remove(layer) {
      seen.delete(layer);
      queue.forget(layer);
    },
    arrived(layer, chunk, bytes) {
      recent.add(layer, chunk, bytes);
      const key = `${layer.digest}/${chunk}`;
      const task = waiting.get(key);
      if (!task || !waiting.delete(key)) return;
      ready.push(task);
      later();
    },
    look() {
      const any = noteReads();
      fetch();
      if (ready.length > 0) later();
      return any;
    },
  };
}

/** Chunks that were read for the first time since then, in order. */
function readSince({ index, reads }: HintedLayer, before: number): readonly number[] {
  const fresh: [number, number][] = [];
  for (let chunk = 0; chunk < index.chunkCount; chunk++) {
    const at = Atomics.load(reads, 1 + chunk);
    if (at > before) fresh.push([at, chunk]);
  }
  return fresh.sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
}

function chunksOf({ layer, content }: TreeFile, range: Hint['range']): readonly number[] {
  const { index } = layer;
  const { first, end } = contentChunks(index, content);
  if (!range) return Array.from({ length: end - first }, (_, at) => first + at);
  const from = chunkAt(index, content, range.offset);
  const to = chunkAt(index, content, range.offset + Math.max(range.length, 1) - 1);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
