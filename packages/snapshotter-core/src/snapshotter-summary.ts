/** How the snapshotter does, in numbers. */
export interface SnapshotterSummary {
  readonly snapshots: {
    readonly active: number;
    readonly view: number;
    /** Remote ones among them. */
    readonly committed: number;
    readonly remote: number;
  };
  /** Snapshots whose content cannot be used now, and why. They are tried again when they are needed. */
  readonly unavailable: readonly { readonly id: number; readonly name: string; readonly problem: string }[];
  /** Layers that clients had to unpack in the ordinary way since the start, by `NotLazyReason`. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Directories of removed snapshots that are still to be freed. */
  readonly removalsPending: number;
}
