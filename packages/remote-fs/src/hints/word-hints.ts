import { chunkRange, contentChunks } from '@sluice/layer';
import { findWords } from './find-words.ts';
import type { Hint, HintSource, LookedInto } from './hint-source.ts';
import { type ImageTree, stemOf, type TreeDirectory, type TreeFile } from './image-tree.ts';
import { createKindTrust } from './kind-trust.ts';
import type { StemFilter } from './stem-filter.ts';

/** Larger files are data rather than programs. */
const maxFileBytes = 256 * 1024;
/** Words that named nothing yet; files of a directory that is read later may have these names. */
const maxUnresolved = 50_000;
/** Directories that hold what was made of the files beside them. */
const byproducts = ['__pycache__'];
/** What is read where a directory is named. */
const indexStems = ['__init__', 'index', 'package'];
/** Compressed, of files without a kind: headers of C++, say, but no programs. */
const maxPlainBytes = 32 * 1024;

/** Files of one stem in a directory: `enum.py` with `__pycache__/enum.cpython-311.pyc`. */
interface Group {
  readonly directory: TreeDirectory;
  readonly stem: string;
  /** Whether it was named by a file near, and not only by one that names things of its directory. */
  isNear: boolean;
}

/**
 * Programs in texts or bytecode: a word in them that is the name of a file near, or of one beside others that were read,
 * is taken for a reference to it. It works for whatever language has file names in its imports and includes:
 * ```
 *   import http.client        beside: http/__init__.py, http/client.py     and __pycache__/client.cpython-311.pyc
 *   require('./lib/util')             lib/util.js
 *   #include <bits/types.h>           bits/types.h in each directory of which a file was read
 * ```
 * Of files with the same stem those are wanted whose kind (what follows the first dot) is read elsewhere (see KindTrust).
 * Names without a dot, and libraries, say little: they are wanted from near only, of a kind that was read in the same
 * directory.
 */
export function createWordHints(tree: ImageTree, stems: Pick<StemFilter, 'has'>): HintSource {
  const trust = createKindTrust();
  const kinds = new Set<string>();
  const groups = new Map<string, Group>();
  /** Directories of which something was read, by the stems of what is in them. */
  const directoriesOf = new Map<string, TreeDirectory[]>();
  const known = new Set<string>();
  /** By their first name. */
  const unresolved = new Map<string, Set<string>>();
  let unresolvedCount = 0;

  const allOf = (directory: TreeDirectory, stem: string): readonly TreeFile[] => {
    const beside = byproducts.flatMap((name) => tree.directory(`${directory.path}/${name}`) ?? []);
    return [directory, ...beside].flatMap((place) => tree.filesOfStem(place, stem));
  };

  const hintsOf = ({ directory, stem, isNear }: Group): readonly Hint[] =>
    allOf(directory, stem)
      .filter((file) => trust.isWanted(kindOf(file)))
      .filter((file) => !isPlain(file) || (isNear && compressedBytes(file) <= maxPlainBytes))
      .map((file) => ({ file, sure: false }));

  const add = (directory: TreeDirectory, stem: string, isNear: boolean): readonly Hint[] => {
    const name = `${directory.path}/${stem}`;
    const group = groups.get(name);
    if (group && (group.isNear || !isNear)) return [];
    if (!tree.names(directory).has(stem)) return [];
    const added = { directory, stem, isNear };
    groups.set(name, added);
    return hintsOf(added);
  };

  /** What a path from a directory names; undefined if nothing. */
  const follow = (
    from: TreeDirectory,
    path: readonly string[],
    isNear: boolean,
  ): readonly Hint[] | undefined => {
    if (!tree.names(from).has(path[0]!)) return undefined;
    const hints: Hint[] = [];
    let at: TreeDirectory | undefined = from;
    for (const name of path) {
      if (!at || !tree.names(at).has(name)) break;
      hints.push(...add(at, name, isNear));
      at = tree.directory(`${at.path}/${name}`);
      for (const stem of at ? indexStems : []) hints.push(...add(at!, stem, isNear));
    }
    return hints;
  };

  const resolve = (word: string, near: readonly TreeDirectory[]): readonly Hint[] => {
    const path = word.split(/[./]/).filter((name) => name !== '');
    const [first] = path;
    if (first === undefined) return [];
    for (const directory of near) {
      const hints = follow(directory, path, true);
      if (hints) return hints;
    }
    for (const directory of directoriesOf.get(first) ?? []) {
      const hints = follow(directory, path, false);
      if (hints) return hints;
    }
    leaveUnresolved(first, word);
    return [];
  };

  const leaveUnresolved = (first: string, word: string) => {
    const alike = unresolved.get(first) ?? new Set();
    if (alike.has(word) || unresolvedCount >= maxUnresolved) return;
    unresolved.set(first, alike.add(word));
    unresolvedCount++;
  };

  /** The directory of a file, and the one above. */
  const nearOf = ({ directory }: TreeFile): readonly TreeDirectory[] => {
    const home = homeOf(tree, directory);
    const up = tree.directory(home.path.slice(0, Math.max(0, home.path.lastIndexOf('/'))));
    return up && up.path !== '' ? [home, up] : [home];
  };

  /** Words that were met before may be names of what is in a directory. */
  const enter = (home: TreeDirectory): readonly Hint[] => {
    const hints: Hint[] = [];
    for (const stem of tree.names(home).keys()) {
      const others = directoriesOf.get(stem);
      if (others) others.push(home);
      else directoriesOf.set(stem, [home]);
      const words = unresolved.get(stem);
      if (!words) continue;
      unresolved.delete(stem);
      unresolvedCount -= words.size;
      for (const word of words) hints.push(...resolve(word, []));
    }
    return hints;
  };

  return {
    noteRead(file) {
      const hints: Hint[] = [];
      const home = homeOf(tree, file.directory);
      const kind = kindOf(file);
      const stem = stemOf(file.name);
      trust.noteRead(`${home.path}/${stem}`, kind, allOf(home, stem).map(kindOf));
      if (!kinds.has(kind)) {
        kinds.add(kind);
        for (const group of groups.values()) hints.push(...hintsOf(group));
      }
      // The others of its group: whoever reads bytecode may read its source next.
      hints.push(...add(home, stem, true));
      if (known.has(home.path)) return hints;
      known.add(home.path);
      return [...hints, ...enter(home)];
    },
    async lookInto({ file, sizeBytes, read }: LookedInto) {
      if (sizeBytes > maxFileBytes) return [];
      const bytes = await read(0, sizeBytes);
      if (!bytes || isElf(bytes)) return [];
      const near = nearOf(file);
      return findWords(bytes, stems).flatMap((word) => resolve(word, near));
    },
  };
}

/** Where a byproduct belongs, or the directory itself. */
function homeOf(tree: ImageTree, directory: TreeDirectory): TreeDirectory {
  const at = directory.path.lastIndexOf('/');
  const isByproduct = byproducts.includes(directory.path.slice(at + 1));
  return (isByproduct && tree.directory(directory.path.slice(0, at))) || directory;
}

/** What follows the stem, without versions; where that says little, with the directory. */
function kindOf(file: TreeFile): string {
  return isPlain(file) ? `${file.directory.path}/${suffixOf(file)}` : suffixOf(file);
}

function isPlain(file: TreeFile): boolean {
  return ['', '.so'].includes(suffixOf(file));
}

function suffixOf({ name }: TreeFile): string {
  return name.slice(stemOf(name).length).replace(/\.?\d+/g, '');
}

function compressedBytes({ layer, content }: TreeFile): number {
  const { first, end } = contentChunks(layer.index, content);
  let bytes = 0;
  for (let chunk = first; chunk < end; chunk++) bytes += chunkRange(layer.index, chunk).length;
  return bytes;
}

function isElf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\x7fELF';
}
