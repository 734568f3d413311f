/** The bytes of a range while they come in. */
export interface Arrival {
  /** Says that the first `filled` bytes of `bytes` are here; after a retry it may be fewer, of another buffer. */
  update(bytes: Uint8Array, filled: number): void;
  /** Says that no more will come. */
  fail(error: unknown): void;
  /** Bytes [from, to) of the range, once they are here. @throws what `fail` was told */
  take(from: number, to: number): Promise<Uint8Array>;
  /** Resolves once that many bytes of the range are here, or no more will come. */
  arrived(bytes: number): Promise<void>;
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
  const arrived = async (count: number) => {
    while (filled < count && !failure) await new Promise<void>((resolve) => waiting.push(resolve));
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
    arrived,
    async take(from, to) {
      await arrived(to);
      if (filled < to) throw failure!.error;
      return bytes.subarray(from, to);
    },
  };
}
