import type { BranchCoverage, Region } from './branch-coverage.ts';
import { chooseInput } from './choose-input.ts';
import type { FuzzInput } from './fuzz-input.ts';
import { mutate } from './mutate.ts';
import { createRandom } from './random.ts';
import type { FuzzOutcome } from './try-input.ts';

export interface FuzzDeps {
  /** Takes an input through the code under test; throws where that is wrong. */
  readonly target: (input: FuzzInput) => Promise<FuzzOutcome>;
  readonly coverage: Omit<BranchCoverage, typeof Symbol.dispose>;
  /** Asked before every batch of inputs. */
  readonly isOver: (inputsRun: number) => boolean;
  /** Called before every input is run: whoever watches knows then which one hangs. */
  readonly onInput?: (input: FuzzInput) => void;
  /** Called for a mutation that ran code which never ran before. */
  readonly onKept?: (input: FuzzInput) => void;
}

export interface FuzzOptions {
  readonly seeds: readonly FuzzInput[];
  /** The same seed tries the same inputs. */
  readonly seed: number;
  /** Failures after which the run ends. Default 10. */
  readonly maxFailures?: number;
}

export interface FuzzFailure {
  readonly input: FuzzInput;
  readonly error: unknown;
}

export interface FuzzReport {
  readonly inputs: number;
  /** Mutations that ran code which never ran before. */
  readonly kept: number;
  /** Characters of the code under test that have run. */
  readonly covered: number;
  /** How many inputs had which outcome. */
  readonly outcomes: Readonly<Record<FuzzOutcome, number>>;
  readonly failures: readonly FuzzFailure[];
}

/** Asking for the coverage takes longer than several inputs. */
const batchInputs = 32;

/**
 * Tries the seeds, then mutations of them and of those mutations that reached something new, until `isOver`: mostly of
 * what was accepted, as mutations of what was refused are refused as well. One failure an error message: the first
 * input that had it. One seed at least must be accepted.
 */
export async function runFuzz(deps: FuzzDeps, options: FuzzOptions): Promise<FuzzReport> {
  const run = new FuzzRun(deps);
  const random = createRandom(options.seed);
  await run.trySeeds(options.seeds);
  while (!deps.isOver(run.inputs) && run.failures.size < (options.maxFailures ?? 10)) {
    const batch = Array.from({ length: batchInputs }, () =>
      mutate(chooseInput(random.below(4) > 0 ? run.accepted : run.pool, random), run.pool, random),
    );
    await run.tryBatch(batch);
  }
  const { inputs, pool, outcomes, failures } = run;
  return {
    inputs,
    kept: pool.length - options.seeds.length,
    covered: deps.coverage.noted,
    outcomes,
    failures: [...failures.values()],
  };
}

class FuzzRun {
  inputs = 0;
  readonly pool: FuzzInput[] = [];
  /** Those of the pool that were not refused. */
  readonly accepted: FuzzInput[] = [];
  readonly outcomes: Record<FuzzOutcome, number> = {};
  readonly failures = new Map<string, FuzzFailure>();
  private readonly deps: FuzzDeps;

  constructor(deps: FuzzDeps) {
    this.deps = deps;
  }

  async trySeeds(seeds: readonly FuzzInput[]): Promise<void> {
    for (const seed of seeds) this.add(seed, await this.tryOne(seed));
    this.deps.coverage.note(this.deps.coverage.take());
  }

  async tryBatch(batch: readonly FuzzInput[]): Promise<void> {
    for (const input of batch) await this.tryOne(input);
    const regions = this.deps.coverage.take();
    if (regions.length > 0) await this.locate(batch, regions);
  }

  /** Finds out which inputs of a batch have reached something new: halves of it are tried again. */
  private async locate(batch: readonly FuzzInput[], regions: readonly Region[]): Promise<void> {
    const { coverage, target, onKept } = this.deps;
    if (batch.length > 1) {
      const middle = batch.length >>> 1;
      for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
        for (const input of half) await target(input).catch(() => undefined);
        const own = coverage.take();
        if (own.length > 0) await this.locate(half, own);
      }
    } else {
      this.add(batch[0]!, await target(batch[0]!).catch(() => undefined));
      onKept?.(batch[0]!);
    }
    // Of a batch too: hash tables have random seeds, and not all of it runs again.
    coverage.note(regions);
  }

  /** @returns undefined for a failure */
  private async tryOne(input: FuzzInput): Promise<FuzzOutcome | undefined> {
    this.inputs++;
    this.deps.onInput?.(input);
    try {
      const outcome = await this.deps.target(input);
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      return outcome;
    } catch (error) {
      const message = String(error).replace(/\d+/g, '#');
      if (!this.failures.has(message)) this.failures.set(message, { input, error });
      return undefined;
    }
  }

  private add(input: FuzzInput, outcome: FuzzOutcome | undefined): void {
    this.pool.push(input);
    if (outcome === 'accepted') this.accepted.push(input);
  }
}
