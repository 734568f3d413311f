/**
 * Keeps connections of mounts open while this process is replaced: a holder process, as this package needs it.
 * `LastingHolder` of `@sluice/holder` is one.
 */
export interface MountKeeper {
  /** Makes ready to hold something soon. Nothing has to wait for it, and its failure is no reason not to try. */
  start(): Promise<void>;

  /** What is kept, also from before this process. */
  list(): Promise<readonly KeptConnection[]>;

  /**
   * Shares a descriptor. When it resolves, the connection survives this process.
   *
   * @param name unique among what is kept; at most 255 bytes
   * @param fd stays the caller's to close
   * @param state what to remember of it; at most 16 KiB
   */
  hold(name: string, fd: number, state: string): Promise<void>;

  /** @returns a descriptor of this process's own, the caller's to close; the connection stays kept */
  take(name: string): Promise<number>;

  /** Ends the sharing. Nothing happens if nothing is kept by that name. */
  release(name: string): Promise<void>;
}

export interface KeptConnection {
  readonly name: string;
  readonly state: string;
}
