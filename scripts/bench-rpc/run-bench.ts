import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from './build-programs.ts';
import { type Comparison, compare, type Measured } from './compare.ts';
import { crowd, filling, type Phase, phases, phasesOnMany, warmUp } from './phases.ts';
import { type BenchServer, startGo, startSluice } from './start-server.ts';

export interface BenchReport {
  readonly comparisons: readonly Comparison[];
  readonly memory: { readonly go: MemoryFigures; readonly sluice: MemoryFigures };
}

/** VmRSS in bytes. */
export interface MemoryFigures {
  readonly idle: number;
  /** With 10,000 snapshots, after they were listed. */
  readonly many: number;
  /** After each round of 1000 clients at once. */
  readonly crowds: readonly number[];
}

/** A phase that takes longer than this has hung. */
const PHASE_TIMEOUT_MS = 10 * 60_000;

/**
 * Measures containerd's overlay snapshotter and ours by the same client, phase by phase in turns: what else the machine
 * does meets both. Needs root, and a temporary directory (TMPDIR) on a file system that overlayfs can write to.
 */
export async function runBench(workspace: string, rounds: number): Promise<BenchReport> {
  const { server, client } = buildPrograms(workspace);
  using directory = scratch();
  await using go = await startGo(server, join(directory.path, 'go'));
  await using sluice = await startSluice(workspace, join(directory.path, 'sluice'));
  const sides = [new Side(client, go), new Side(client, sluice)] as const;
  const both = (phase: Phase, round: number) => {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) side.run(phase);
  };
  for (const phase of warmUp) both(phase, 0);
  for (const side of sides) side.measured.length = 0;
  for (let round = 0; round < rounds; round++) for (const phase of phases) both(phase, round);
  both(filling, 0);
  for (let round = 0; round < rounds; round++) for (const phase of phasesOnMany) both(phase, round);
  for (const side of sides) side.many = side.server.rssBytes();
  for (let round = 0; round < Math.max(rounds, 3); round++) {
    both(crowd, round);
    for (const side of sides) side.crowds.push(side.server.rssBytes());
  }
  return {
    comparisons: compare(sides[0].measured, sides[1].measured),
    memory: { go: sides[0].memory(), sluice: sides[1].memory() },
  };
}

class Side {
  readonly measured: Measured[] = [];
  readonly crowds: number[] = [];
  many = 0;
  readonly server: BenchServer;
  readonly #client: string;
  readonly #idle: number;

  constructor(client: string, server: BenchServer) {
    this.#client = client;
    this.server = server;
    this.#idle = server.rssBytes();
  }

  run({ name, clients, count }: Phase): void {
    const [startedMs, cpuBeforeMs] = [performance.now(), this.server.cpuMs()];
    const args = [this.server.address, name, `${clients}`, `${count}`];
    const result = spawnSync(this.#client, args, { encoding: 'utf8', timeout: PHASE_TIMEOUT_MS });
    if (result.status !== 0) throw new Error(`${name} on ${this.server.address} failed: ${result.stderr}`);
    const lines = result.stdout.split('\n').filter((line) => line !== '');
    console.error(
      `${name}, ${clients} clients, on ${this.server.name}: ${Math.round(performance.now() - startedMs)} ms`,
    );
    const results = lines.map((line) => JSON.parse(line) as Omit<Measured, 'cpuUs'>);
    const calls = results.reduce((sum, { count: some }) => sum + some, 0);
    const cpuUs = ((this.server.cpuMs() - cpuBeforeMs) * 1000) / calls;
    this.measured.push(...results.map((one) => ({ ...one, cpuUs })));
  }

  memory(): MemoryFigures {
    return { idle: this.#idle, many: this.many, crowds: this.crowds };
  }
}

function scratch(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'sluice-bench-rpc-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
