/**
 * Which of the files that share a stem are read: of `enum.py` and `enum.cpython-311.pyc` perhaps the second only. Learned
 * from those that were read.
 */
export interface KindTrust {
  /** Notes that a file of that kind was read, of a group of files with these kinds. */
  noteRead(group: string, kind: string, kindsOfGroup: readonly string[]): void;
  /** Whether a file of that kind is read where others of its group are. */
  isWanted(kind: string): boolean;
}

/** So many groups decide. */
const decidingGroups = 8;
const wantedShare = 0.4;

interface Counts {
  /** Groups with a file of that kind of which anything was read. */
  groups: number;
  /** Those of which that kind was read. */
  read: number;
}

export function createKindTrust(): KindTrust {
  const counts = new Map<string, Counts>();
  const readGroups = new Map<string, Set<string>>();
  const countsOf = (kind: string): Counts => {
    const own = counts.get(kind) ?? { groups: 0, read: 0 };
    counts.set(kind, own);
    return own;
  };
  return {
    noteRead(group, kind, kindsOfGroup) {
      let read = readGroups.get(group);
      if (!read) {
        read = new Set();
        readGroups.set(group, read);
        for (const each of new Set([...kindsOfGroup, kind])) countsOf(each).groups++;
      }
      if (read.has(kind)) return;
      read.add(kind);
      countsOf(kind).read++;
    },
    isWanted(kind) {
      const own = counts.get(kind);
      if (!own || own.read === 0) return false;
      return own.groups < decidingGroups || own.read >= own.groups * wantedShare;
    },
  };
}
