/** Something that a holder keeps. */
export interface Held {
  readonly name: string;
  /** What its owner wanted to remember of it; the holder does not look into it. */
  readonly state: string;
}

/** A process that had given no sign of life within `withinMs`. */
export interface EndedOwner {
  readonly pid: number;
  readonly withinMs: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * A process that keeps descriptors open, as it is seen by the one process that uses them. A descriptor is shared:
 * the open file lives until both have closed theirs, so either may die and be replaced.
 *
 * Disposing it closes the connection and nothing else: what is held stays held. Calls that are under way then, or
 * when the holder dies, reject with HolderError CLOSED.
 */
export interface Holder extends Disposable {
  /** The holder's process. */
  readonly pid: number;

  /** Resolves when the connection is closed, by either side. Never rejects. */
  readonly closed: Promise<void>;

  /** A process that this holder has ended because it hung, if nobody was told of it before. */
  readonly ended: EndedOwner | undefined;

  /**
   * A sign of life of this process. If the next one does not come within that time, and a quarter of it, the holder ends
   * this process with SIGKILL: what it holds is then taken back by the next one, where it would wait for this one without
   * end. Disposing the holder ends the watch.
   *
   * @param withinMs 0 ends the watch
   * @throws HolderError PROTOCOL: the holder is of a version that does not watch
   */
  beat(withinMs: number): Promise<void>;

  /**
   * Lets the holder share a descriptor. When it resolves, the open file survives this process.
   *
   * @param name at most 255 bytes; unique among what is held
   * @param fd this process's descriptor; it stays this process's to close
   * @param state at most 16 KiB
   * @throws HolderError NAME_TAKEN, TRANSFER_FAILED; the descriptor is not held then
   */
  hold(name: string, fd: number, state: string): Promise<void>;

  /**
   * Replaces what is remembered of something. When it resolves, whoever asks next sees it.
   *
   * @throws HolderError NOT_HELD
   */
  update(name: string, state: string): Promise<void>;

  /** What is held, in the order in which it came. */
  list(): Promise<readonly Held[]>;

  /**
   * Gives this process a descriptor of its own for something that stays held.
   *
   * @returns close-on-exec; the caller's to close
   * @throws HolderError NOT_HELD, TRANSFER_FAILED
   */
  take(name: string): Promise<number>;

  /** Asks the holder to end, which it does if nothing is held. Says whether it does; its connections are closed then. */
  quit(): Promise<boolean>;

  /** Lets the holder close its descriptor. Does nothing if nothing is held by that name. */
  release(name: string): Promise<void>;
}
