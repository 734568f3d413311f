import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCounts, type Counts } from '../steps/counts.ts';
import { leftMounts, leftProcesses, RUN_VARIABLE } from '../steps/leftovers.ts';
import type { DemoFigures } from './demo-figures.ts';

interface DemoRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left, in sentences. */
  readonly left: readonly string[];
}

/** What must be true of a run; each is a test. */
type Claims = ReadonlyArray<readonly [claim: string, holds: boolean]>;

const TIMEOUT_MS = 15 * 60_000;

/**
 * Runs the demo as a user does, and checks its figures and what it leaves; then again, interrupted in the middle of
 * its work. Prints a line a check, and the demo's own output where one fails.
 */
export async function checkDemo(signal?: AbortSignal): Promise<Counts> {
  const whole = await runOnce({ signal });
  const interrupted = await runOnce({ signal, interruptAt: 'Converting' });
  return addCounts(judge(whole, claimsOf(whole)), judge(interrupted, claimsOfInterrupted(interrupted)));
}

function claimsOf({ code, stdout, left }: DemoRun): Claims {
  const figures = parseFigures(stdout);
  const claims: Claims = [
    ['the demo ends with 0', code === 0],
    ['the demo leaves nothing running or mounted, and no files', left.length === 0],
    ['the demo prints its figures as JSON', figures !== undefined],
  ];
  if (!figures) return claims;
  const { image, lazy, whole } = figures;
  return [
    ...claims,
    ['the image has 100 MB or more', image.bytes >= 100e6],
    ['all of its layers are mounted lazily', lazy.lazyLayers === image.layers],
    ['the ordinary pull fetches the whole image', whole.bytesFetched >= image.compressedBytes],
    ['the lazy start fetches much less', lazy.bytesFetched < 0.75 * whole.bytesFetched],
    ['the container does its work', lazy.output.includes('ready') && whole.output === lazy.output],
  ];
}

function claimsOfInterrupted({ code, left }: DemoRun): Claims {
  return [
    ['an interrupted demo says so by its exit code', code === 130],
    ['an interrupted demo leaves nothing running or mounted, and no files', left.length === 0],
  ];
}

function parseFigures(json: string): DemoFigures | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function judge(run: DemoRun, claims: Claims): Counts {
  for (const [claim, holds] of claims) console.log(`${holds ? 'ok  ' : 'FAIL'} ${claim}`);
  const failures = claims.filter(([, holds]) => !holds).map(([claim]) => `not true: ${claim}`);
  if (failures.length > 0) console.error([run.stderr, run.stdout, ...run.left].join('\n'));
  return { passed: claims.length - failures.length, failed: failures.length, failures };
}

interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Interrupts it when it has written this to stderr. */
  readonly interruptAt?: string;
}

async function runOnce({ signal, interruptAt }: RunOptions): Promise<DemoRun> {
  const run = randomUUID();
  const directory = mkdtempSync(join(tmpdir(), 'demo-'));
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'demo.ts'), '--json'], {
    env: { ...process.env, TMPDIR: directory, [RUN_VARIABLE]: run },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const output = collect(child, (text) => {
    if (interruptAt && text.includes(interruptAt)) child.kill('SIGINT');
  });
  const [code] = await Promise.race([once(child, 'close'), failure(child)]);
  const left = leftovers(run, directory);
  if (leftMounts(directory).length === 0) rmSync(directory, { recursive: true });
  return { code, ...output(), left };
}

function failure(child: ChildProcess): Promise<[null]> {
  return new Promise((resolve) => child.on('error', () => child.once('close', () => resolve([null]))));
}

function collect(child: ChildProcess, onError: (text: string) => void) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onError(text);
  });
  return () => ({ stdout, stderr });
}

function leftovers(run: string, directory: string): string[] {
  return [
    ...leftProcesses(run).map(({ pid, command }) => `process ${pid} is left: ${command}`),
    ...leftMounts(directory).map((at) => `${at} is left mounted`),
    ...readdirSync(directory).map((name) => `${join(directory, name)} is left`),
  ];
}
