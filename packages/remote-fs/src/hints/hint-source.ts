import type { TreeFile } from './image-tree.ts';
import type { ReadFile } from './parse-elf-needs.ts';

/** Guesses from files that a start reads which ones it will read next. One of several ways to do that. */
export interface HintSource {
  /** Notes that a file was read. @returns what follows from that alone: its content may not be here */
  noteRead(file: TreeFile): readonly Hint[];

  /** Looks into a file whose first chunk is here. Bounded in time and memory, whatever is in it; never rejects. */
  lookInto(file: LookedInto): Promise<readonly Hint[]>;
}

export interface LookedInto {
  readonly file: TreeFile;
  readonly sizeBytes: number;
  readonly read: ReadFile;
  /** Whether it was read, or else is only expected to be. */
  readonly wasRead: boolean;
}

/** A file that is expected to be read. */
export interface Hint {
  readonly file: TreeFile;
  /** Which part of it, in bytes; all where it is left out, if the file is not very large. */
  readonly range?: { readonly offset: number; readonly length: number };
  /** Whether the file will be read for certain, if the one that names it is. */
  readonly sure: boolean;
}
