/** A line of the client's output. */
export interface Measured {
  readonly call: string;
  readonly clients: number;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly perSecond: number;
  /** Processor time of the server for a call; an average over all calls of the phase, as Prepare and Commit have one. */
  readonly cpuUs: number;
}

/** One kind of call on both sides: medians over all rounds. */
export interface Comparison {
  readonly call: string;
  readonly clients: number;
  readonly go: Figures;
  readonly sluice: Figures;
  /** Ours divided by Go's: below 1 is quicker. */
  readonly p50Ratio: number;
  /** Ours divided by Go's: below 1 is less. Says most on a busy machine. */
  readonly cpuRatio: number;
  /** Ours divided by Go's: above 1 is more. */
  readonly throughputRatio: number;
}

type Figures = Pick<Measured, 'p50Us' | 'p99Us' | 'perSecond' | 'cpuUs'>;

/** Pairs what was measured on both sides, in the order in which it came. */
export function compare(go: readonly Measured[], sluice: readonly Measured[]): Comparison[] {
  const keys = [...new Set(go.map(keyOf))];
  return keys.map((key) => {
    const [ofGo, ofSluice] = [go, sluice].map((all) => all.filter((one) => keyOf(one) === key));
    if (!ofSluice?.length) throw new Error(`${key} was measured on one side only`);
    const { call, clients } = ofSluice[0]!;
    const figures = { go: medians(ofGo!), sluice: medians(ofSluice) };
    return {
      call,
      clients,
      ...figures,
      cpuRatio: figures.sluice.cpuUs / figures.go.cpuUs,
      p50Ratio: figures.sluice.p50Us / figures.go.p50Us,
      throughputRatio: figures.sluice.perSecond / figures.go.perSecond,
    };
  });
}

function keyOf({ call, clients }: Measured): string {
  return `${call} with ${clients}`;
}

function medians(rounds: readonly Measured[]): Figures {
  const of = (pick: (one: Measured) => number) => median(rounds.map(pick));
  return {
    p50Us: of((one) => one.p50Us),
    p99Us: of((one) => one.p99Us),
    perSecond: of((one) => one.perSecond),
    cpuUs: of((one) => one.cpuUs),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
