/** What a walk over a directory with seekdir(3) and rewinddir(3) has seen. */
export interface DirectoryWalk {
  readonly count: number;
  readonly distinct: number;
  /** The first entries, in order: name, inode number, type (DT_*). */
  readonly head: readonly { readonly name: string; readonly ino: bigint; readonly type: number }[];
  /** Positions that were sought, and whether exactly the same entries followed. */
  readonly seeks: readonly { readonly index: number; readonly same: boolean }[];
  /** Whether the whole listing came again after rewinding. */
  readonly rewound: boolean;
}

/** One entry of a directory. */
export interface ListedEntry {
  /** As latin1 text, a character a byte. */
  readonly name: string;
  readonly ino: bigint;
  readonly type: number;
  /** Where to go on behind it. */
  readonly next: bigint;
}

/**
 * Lists a directory, then seeks back into it and rewinds it, as telldir(3) users do.
 *
 * @param list the entries from a position on; undefined is where it stands at first
 */
export function summariseWalk(list: (from: bigint | undefined) => readonly ListedEntry[]): DirectoryWalk {
  const all = list(undefined);
  const names = all.map(({ name }) => name);
  const last = all.length - 1;
  const indexes = [...new Set([0, 1, 2, all.length >> 1, last - 1, last].filter((index) => index in all))];
  return {
    count: all.length,
    distinct: new Set(names).size,
    head: all.slice(0, 8).map(({ name, ino, type }) => ({ name, ino, type })),
    seeks: indexes.map((index) => ({
      index,
      same: sameNames(list(all[index]!.next), names.slice(index + 1)),
    })),
    rewound: sameNames(list(0n), names),
  };
}

function sameNames(entries: readonly ListedEntry[], names: readonly string[]): boolean {
  return entries.length === names.length && entries.every(({ name }, i) => name === names[i]);
}
