import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type FuzzInput, inputFileName } from '../../packages/layer/test/fuzz/fuzz-input.ts';
import { currentBytes, currentKinds, type FuzzResult, type FuzzTask } from './fuzz-messages.ts';

/** An input takes a millisecond or less: whatever takes so long hangs, also on a machine that does much else. */
const hangMs = 30_000;
/** The target holds a few MB at most, and the pool of inputs less than 100. */
const memoryBytes = 1536 * 1024 * 1024;

/**
 * Fuzzes on another thread, and watches it: an input that hangs or fills the memory is a finding too.
 *
 * @param options.out gets a file for each finding; made if need be
 * @returns the exit code: 1 if something was found
 */
export async function watchFuzz(
  options: Omit<FuzzTask, 'current'> & { readonly out: string },
): Promise<number> {
  const current = new SharedArrayBuffer(12 + currentBytes);
  const { out, ...task } = options;
  const execArgv = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const workerData: FuzzTask = { ...task, current };
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData, execArgv });
  const over = new AbortController();
  const result = new Promise<FuzzResult>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  }).finally(() => over.abort());
  const found = await Promise.race([result, watch(current, over.signal)]);
  await worker.terminate();
  if (typeof found !== 'string') return report(found, out);
  console.error(`${found}\n  ${save(readCurrent(current), out)}`);
  return 1;
}

/** Resolves with what is wrong; never if nothing is. */
async function watch(current: SharedArrayBuffer, signal: AbortSignal): Promise<string> {
  const begun = new Uint32Array(current, 0, 1);
  let last = { input: -1, atMs: performance.now() };
  while (await setTimeout(1000, true, { signal }).catch(() => false)) {
    const input = Atomics.load(begun, 0);
    if (input !== last.input) last = { input, atMs: performance.now() };
    if (performance.now() - last.atMs > hangMs) return `input ${input} takes more than ${hangMs / 1000} s`;
    const { rss } = process.memoryUsage();
    if (rss > memoryBytes) return `${Math.round(rss / 2 ** 20)} MiB of memory are in use at input ${input}`;
  }
  return new Promise(() => undefined);
}

function readCurrent(current: SharedArrayBuffer): FuzzInput {
  const [, kind, length] = new Uint32Array(current, 0, 3);
  return { kind: currentKinds[kind!]!, bytes: new Uint8Array(current, 12, length).slice() };
}

function report(result: FuzzResult, out: string): number {
  const { inputs, kept, covered, outcomes, failures } = result;
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(
    `${inputs} inputs, ${kept} of them ran code that neither the seeds nor those before had run (${covered} characters in all)`,
  );
  console.log(`  ${ends.join(', ')}; failures ${failures.length}`);
  for (const { input, stack } of failures) console.error(`\n${save(input, out)}\n${stack}`);
  return failures.length === 0 ? 0 : 1;
}

function save(input: FuzzInput, out: string): string {
  mkdirSync(out, { recursive: true });
  const path = join(out, inputFileName(input));
  writeFileSync(path, input.bytes);
  return `node scripts/run.mjs fuzz --input ${path}`;
}
