/** What the process at the far end of the link is told at its start. */
export interface FarOrder {
  readonly directory: string;
  readonly logs: string;
  /** Of the registry: where its blobs are, or will be. */
  readonly storage: string;
  /** At which the registry is found across the link. */
  readonly port: number;
}

/** What it is asked to do; it answers one request after the other. */
export type FarRequest =
  | { readonly do: 'open'; readonly delayMs: number }
  | { readonly do: 'shape'; readonly megabitsPerSecond: number }
  | { readonly do: 'count' }
  | { readonly do: 'stop' };

/** What has crossed the link since the start, towards the machine. */
export interface FarCount {
  readonly requests: number;
  /** With the headers of all protocols. */
  readonly bytes: number;
}

export type FarAnswer =
  | { readonly done: true }
  | { readonly port: number }
  | { readonly count: FarCount }
  | { readonly error: string };
