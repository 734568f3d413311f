/** What commands may touch of the process that they run in. */
export interface Terminal {
  /** Whole lines, for what was asked for. */
  out(text: string): void;
  /** Whole lines, for what went wrong. */
  err(text: string): void;
  /** A line that the next one replaces, an empty one in the end; nothing where no person looks. */
  progress(text: string): void;
  /** Whether `out` takes escape sequences of colour. */
  readonly hasColour: boolean;
  /** Milliseconds since 1970. */
  now(): number;
}
