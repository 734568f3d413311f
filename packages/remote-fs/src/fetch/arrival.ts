/** The bytes of a range while they come in. */
export interface Arrival {
  /** Says that the first `filled` bytes of `bytes` are here; after a retry it may be fewer, of another buffer. */
  update(bytes: Uint8Array, filled: number): void;
  /** Says that no more will come. */
  fail(error: unknown): void;
  /** Bytes [from, to) of the range, once they are here. @throws what `fail` was told */
  take(from: number, to: number): Promise<Uint8Array>;
  readonly filled: number;
}

export function createArrival(): Arrival {
  let bytes = new Uint8Array(0);
  let filled = 0;
  let failure: { readonly error: unknown } | undefined;
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };
  return {
    get filled() {
      return filled;
    },
    update(next, count) {
      bytes = next as Uint8Array<ArrayBuffer>;
      filled = count;
      wake();
    },
    fail(error) {
      failure = { error };
      wake();
    },
    async take(from, to) {
      while (filled < to) {
        if (failure) throw failure.error;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return bytes.subarray(from, to);
    },
  };
}
