/** One start of an image on a machine that had nothing of it. */
export interface StartFigures {
  /** All three from the beginning of the pull, in seconds: to its end, to the container's first line, to its "ready". */
  readonly pull: number;
  readonly firstOutput: number;
  readonly ready: number;
  /** What had crossed the link when it was ready: bytes with all headers; requests. */
  readonly bytes: number;
  readonly requests: number;
  /** Seconds of processor time, until it was ready, of containerd, the snapshotter and the clients; not of the container. */
  readonly cpu: number;
  /** The most that the snapshotter (or containerd, where it is the snapshotter) had in memory, in bytes. */
  readonly rss: number;
}

export const measures = [
  'pull',
  'firstOutput',
  'ready',
  'bytes',
  'requests',
  'cpu',
  'rss',
] as const satisfies readonly (keyof StartFigures)[];

/** What no snapshotter can do without, in seconds. */
export interface Floor {
  /** Compressed bytes of the chunks that the start reads. */
  readonly neededBytes: number;
  /** What these take on the link. */
  readonly transfer: number;
  /** The same container from local layers. */
  readonly local: number;
  /** Fetching the manifest and the configuration. */
  readonly manifest: number;
  readonly total: number;
}

export interface SubjectResult {
  readonly subject: string;
  readonly rounds: readonly StartFigures[];
  readonly median: StartFigures;
}

/** All that was measured of an image on a link. */
export interface CaseResult {
  readonly image: string;
  readonly megabitsPerSecond: number;
  readonly readsAll: boolean;
  readonly compressedBytes: number;
  readonly floor: Floor | undefined;
  readonly subjects: readonly SubjectResult[];
  readonly failed: readonly { readonly subject: string; readonly reason: string }[];
}

/** `--json` prints it as it is. */
export interface BenchResult {
  readonly kernel: string;
  readonly date: string;
  readonly processors: number;
  /** The machine's load averages over one minute, before and after. */
  readonly load: readonly [number, number];
  readonly rounds: number;
  readonly requestDelayMs: number;
  readonly cases: readonly CaseResult[];
}
