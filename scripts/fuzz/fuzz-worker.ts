import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { createBranchCoverage } from '../../packages/layer/test/fuzz/branch-coverage.ts';
import { type FuzzInput, inputFileName, readInputs } from '../../packages/layer/test/fuzz/fuzz-input.ts';
import { runFuzz } from '../../packages/layer/test/fuzz/run-fuzz.ts';
import { seedInputs } from '../../packages/layer/test/fuzz/seed-inputs.ts';
import { tryInput } from '../../packages/layer/test/fuzz/try-input.ts';
import { currentKinds, type FuzzResult, type FuzzTask } from './fuzz-messages.ts';

const task: FuzzTask = workerData;
const header = new Uint32Array(task.current, 0, 3);
const bytes = new Uint8Array(task.current, 12);

// Code counts from when it is first compiled: before the seeds are made.
using coverage = createBranchCoverage('/packages/layer/src/');
if (task.corpus) mkdirSync(task.corpus, { recursive: true });
const seeds = [...(await seedInputs()), ...(task.corpus ? readInputs(task.corpus) : [])];
const end = performance.now() + task.seconds * 1000;
const report = await runFuzz(
  { target: tryInput, coverage, isOver: () => performance.now() > end, onInput: writeDown, onKept: keep },
  { seeds, seed: task.seed },
);
const failures = report.failures.map(({ input, error }) => ({ input, stack: stackOf(error) }));
const result: FuzzResult = { ...report, failures };
parentPort!.postMessage(result);

function writeDown(input: FuzzInput): void {
  bytes.set(input.bytes.subarray(0, bytes.length));
  header.set([currentKinds.indexOf(input.kind), Math.min(input.bytes.length, bytes.length)], 1);
  Atomics.add(header, 0, 1);
}

function keep(input: FuzzInput): void {
  if (task.corpus) writeFileSync(join(task.corpus, inputFileName(input)), input.bytes);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
