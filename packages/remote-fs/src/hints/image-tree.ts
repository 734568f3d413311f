import type { HintedLayer } from './hinted-layer.ts';

/** A directory of an image: one of each layer that has it, the uppermost first. */
export interface TreeDirectory {
  /** From the root, without a slash at its end: '' is the root. Names are latin1, a character a byte. */
  readonly path: string;
  readonly parts: readonly { readonly layer: HintedLayer; readonly inode: number }[];
}

/** A regular file with something in it. */
export interface TreeFile {
  readonly layer: HintedLayer;
  readonly content: number;
  readonly directory: TreeDirectory;
  readonly name: string;
}

/**
 * The layers of an image, one above the other, as far as it helps to guess: what a layer removes of those below is still
 * seen. Costs memory for directories that were looked at only.
 */
export interface ImageTree {
  /** Puts a layer on top of the others. */
  add(layer: HintedLayer): void;
  /** A directory by its path from the root; symbolic links are followed. */
  directory(path: string): TreeDirectory | undefined;
  /** A file by its path from a directory, or from the root where it begins with a slash. Links are followed. */
  file(path: string, from: TreeDirectory): TreeFile | undefined;
  /** Files in a directory whose name up to its first dot (but one at the beginning) is that. Links are followed. */
  filesOfStem(directory: TreeDirectory, stem: string): readonly TreeFile[];
  /** All names in a directory, by their stems. */
  names(directory: TreeDirectory): ReadonlyMap<string, readonly string[]>;
  /** Where a content lies: one of its places, if it has several. */
  placeOf(layer: HintedLayer, content: number): TreeFile | undefined;
}

/** As many as the kernel follows. */
const maxLinks = 40;
const typeMask = 0o170000;
const types = { directory: 0o040000, link: 0o120000, file: 0o100000 };

type Found = { readonly directory: TreeDirectory } | { readonly file: TreeFile };

export function createImageTree(): ImageTree {
  const layers: HintedLayer[] = [];
  const directories = new Map<string, TreeDirectory>();
  /** By paths that were asked for, which may lead over links, or to nothing. */
  const looked = new Map<string, TreeDirectory | undefined>();
  const stemsOf = new Map<TreeDirectory, ReadonlyMap<string, readonly string[]>>();
  const places = new Map<HintedLayer, Places>();

  const root = (): TreeDirectory => known('', () => layers.map((layer) => ({ layer, inode: 1 })));
  const known = (path: string, parts: () => TreeDirectory['parts']): TreeDirectory => {
    const directory = directories.get(path) ?? { path, parts: parts() };
    directories.set(path, directory);
    return directory;
  };

  /** What has that name in a directory, links followed as far as `links` are left. */
  const child = (directory: TreeDirectory, name: string, links: number): Found | undefined => {
    if (name === '' || name === '.') return { directory };
    if (name === '..') return { directory: parentOf(directory) };
    const found = directory.parts.flatMap(({ layer, inode }) => {
      const own = lookUp(layer, inode, name);
      return own === undefined ? [] : [{ layer, inode: own }];
    });
    const [top] = found;
    if (!top) return undefined;
    const { mode, start, count } = top.layer.index.inodes;
    const type = mode[top.inode]! & typeMask;
    if (type === types.directory) {
      const isDirectory = ({ layer, inode }: (typeof found)[number]) =>
        (layer.index.inodes.mode[inode]! & typeMask) === types.directory;
      return { directory: known(`${directory.path}/${name}`, () => found.filter(isDirectory)) };
    }
    if (type === types.link) {
      const target = textOf(top.layer, start[top.inode]!, count[top.inode]!);
      return links > 0 ? walk(target, directory, links - 1) : undefined;
    }
    if (type !== types.file || count[top.inode] === 0) return undefined;
    return { file: { layer: top.layer, content: start[top.inode]!, directory, name } };
  };

  const parentOf = ({ path }: TreeDirectory): TreeDirectory =>
    directories.get(path.slice(0, Math.max(0, path.lastIndexOf('/')))) ?? root();

  const walk = (path: string, from: TreeDirectory, links = maxLinks): Found | undefined => {
    let at: Found | undefined = { directory: path.startsWith('/') ? root() : from };
    for (const name of path.split('/')) {
      if (!at || !('directory' in at)) return undefined;
      at = child(at.directory, name, links);
    }
    return at;
  };

  const directoryAt = (path: string): TreeDirectory | undefined => {
    if (looked.has(path)) return looked.get(path);
    const found = walk(path, root());
    const directory = found && 'directory' in found ? found.directory : undefined;
    looked.set(path, directory);
    return directory;
  };

  const namesByStem = (directory: TreeDirectory): ReadonlyMap<string, readonly string[]> => {
    const known = stemsOf.get(directory);
    if (known) return known;
    const stems = new Map<string, string[]>();
    for (const name of new Set(directory.parts.flatMap(({ layer, inode }) => namesIn(layer, inode)))) {
      const stem = stemOf(name);
      const alike = stems.get(stem);
      if (alike) alike.push(name);
      else stems.set(stem, [name]);
    }
    stemsOf.set(directory, stems);
    return stems;
  };

  return {
    add(layer) {
      layers.unshift(layer);
      // What was looked up does not know of it.
      directories.clear();
      looked.clear();
      stemsOf.clear();
    },
    directory: directoryAt,
    file(path, from) {
      const found = walk(path, from);
      return found && 'file' in found ? found.file : undefined;
    },
    filesOfStem(directory, stem) {
      const names = namesByStem(directory).get(stem) ?? [];
      return names.flatMap((name) => {
        const found = child(directory, name, maxLinks);
        return found && 'file' in found ? [found.file] : [];
      });
    },
    names: namesByStem,
    placeOf(layer, content) {
      let own = places.get(layer);
      if (!own) {
        own = placesOf(layer);
        places.set(layer, own);
      }
      const entry = own.entryOf[content]!;
      const path = pathOf(layer, own.directoryOf[content]!);
      const directory = directoryAt(path);
      return directory && { layer, content, directory, name: nameOf(layer, entry) };
    },
  };
}

/** Of `.bashrc` it is all, of `libc.so.6` it is `libc`. */
export function stemOf(name: string): string {
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
}

/** Of each content one entry, and the directory that it stands in. */
interface Places {
  readonly entryOf: Uint32Array;
  readonly directoryOf: Uint32Array;
}

function placesOf({ index }: HintedLayer): Places {
  const entryOf = new Uint32Array(index.contentCount);
  const directoryOf = new Uint32Array(index.contentCount);
  const { mode, start, count } = index.inodes;
  for (let directory = 1; directory < mode.length; directory++) {
    if ((mode[directory]! & typeMask) !== types.directory) continue;
    for (let entry = start[directory]!; entry < start[directory]! + count[directory]!; entry++) {
      const inode = index.entries.inode[entry]!;
      if ((mode[inode]! & typeMask) !== types.file || count[inode] === 0) continue;
      entryOf[start[inode]!] = entry;
      directoryOf[start[inode]!] = directory;
    }
  }
  return { entryOf, directoryOf };
}

function pathOf(layer: HintedLayer, directory: number): string {
  const { parent, start, count } = layer.index.inodes;
  let path = '';
  for (let at = directory; at > 1; at = parent[at]!) {
    const up = parent[at]!;
    let entry = start[up]!;
    while (entry < start[up]! + count[up]! && layer.index.entries.inode[entry] !== at) entry++;
    path = `/${nameOf(layer, entry)}${path}`;
  }
  return path;
}

/** The inode of a name in a directory of a layer, by binary search: entries are sorted bytewise. */
function lookUp(layer: HintedLayer, directory: number, name: string): number | undefined {
  const { entries, inodes } = layer.index;
  let low = inodes.start[directory]!;
  let high = low + inodes.count[directory]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const own = nameOf(layer, middle);
    if (own === name) return entries.inode[middle]!;
    if (own < name) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function namesIn(layer: HintedLayer, directory: number): string[] {
  const { start, count } = layer.index.inodes;
  return Array.from({ length: count[directory]! }, (_, at) => nameOf(layer, start[directory]! + at));
}

function nameOf(layer: HintedLayer, entry: number): string {
  const { nameOffset, nameLength } = layer.index.entries;
  return textOf(layer, nameOffset[entry]!, nameLength[entry]!);
}

/** A character a byte: so that texts sort as their bytes do. */
function textOf({ index }: HintedLayer, offset: number, length: number): string {
  const { buffer, byteOffset } = index.names;
  return Buffer.from(buffer as ArrayBuffer, byteOffset + offset, length).toString('latin1');
}
