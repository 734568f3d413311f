/** How much may be fetched of what is only guessed. Bytes are compressed ones. */
export interface HintBudget {
  /** Notes bytes that a start has read, which had been fetched on a guess or not. */
  read(bytes: number): void;
  /** Notes that what was guessed has been read. */
  hit(bytes: number): void;
  /** Whether so many bytes more may be fetched; then they are taken. */
  take(bytes: number): boolean;
}

/**
 * What was fetched in vain must stay a small share of what was needed. A guess that has not come true yet may be in
 * vain: so all of these together are kept at a share of what was read so far. Guesses that come true make room for
 * others, and those that do not take it for good.
 */
export function createHintBudget(options: {
  readonly creditBytes: number;
  readonly share: number;
}): HintBudget {
  let readBytes = 0;
  let openBytes = 0;
  return {
    read(bytes) {
      readBytes += bytes;
    },
    hit(bytes) {
      openBytes -= bytes;
    },
    take(bytes) {
      if (openBytes + bytes > options.creditBytes + options.share * readBytes) return false;
      openBytes += bytes;
      return true;
    },
  };
}
