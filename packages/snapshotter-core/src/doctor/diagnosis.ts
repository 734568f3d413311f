/** What would become of a store at the next start, and what of it is lost. */
export interface Diagnosis {
  /** Snapshots that can be used, with all their ancestors. */
  readonly usable: readonly string[];
  /** Active snapshots and views without a directory: the start makes an empty one. */
  readonly remade: readonly string[];
  /** Snapshots that cannot be used. */
  readonly lost: readonly LostSnapshot[];
  /**
   * Directories by id that no known snapshot has. The start removes them; nothing but a backup of the database says what
   * they were.
   */
  readonly unowned: readonly number[];
  /** Staged and half removed directories by name, which the start removes. Nobody needs them. */
  readonly leftovers: readonly string[];
}

export interface LostSnapshot {
  readonly name: string;
  /**
   * - 'content': a committed snapshot whose directory is gone.
   * - 'parent': the snapshot below is not known any more.
   * - 'below': a snapshot further below is lost; its name is `because`.
   */
  readonly why: 'content' | 'parent' | 'below';
  readonly because: string;
}
