import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { type Containerd, startContainerd } from '../lab/start-containerd.ts';
import { createFreshDisk } from './fresh-disk.ts';
import { cpuSeconds, endedChildrenSeconds, peakResidentBytes } from './process-usage.ts';
import type { FarSide } from './start-far-side.ts';
import type { StartFigures } from './start-figures.ts';
import type { Snapshotter, Subject } from './subjects.ts';

export interface MeasureStartOptions {
  readonly subject: Subject;
  readonly far: FarSide;
  /** Name of the image, across the link. */
  readonly reference: string;
  /** What an earlier start has read. */
  readonly profile?: string | undefined;
  readonly stargz?: StargzProgram | undefined;
  /** Of containerd's own snapshotter: start the container again, from local layers. */
  readonly again?: boolean;
  /** Wait for what the snapshotter learns of this start. */
  readonly learn?: boolean;
}

export interface MeasuredStart {
  readonly figures: StartFigures;
  /** Seconds to "ready" of the same container from local layers. */
  readonly localSeconds?: number | undefined;
  readonly learned?: string | undefined;
}

/** Servers have been up for long when an image is started: what they do at their own start is not measured. */
const SETTLE_MS = 12_000;

let count = 0;

/** Starts an image with everything of its own: a snapshotter, a containerd, and a new file system for both. */
export async function measureStart(
  context: LabContext,
  options: MeasureStartOptions,
): Promise<MeasuredStart> {
  const { subject, far, profile, stargz } = options;
  const name = `s${++count}`;
  using disk = createFreshDisk(join(context.directory, name));
  const home = join(disk.directory, name);
  await using snapshotter = await subject.start?.(context, { home, host: far.host, profile, stargz });
  const own = { ...context, directory: disk.directory };
  await using containerd = await startContainerd(own, { name: `${name}c`, snapshotter });
  await delay(SETTLE_MS, undefined, { signal: context.signal });
  const figures = await pullAndRun(containerd, snapshotter, options);
  return {
    figures,
    localSeconds: options.again ? await runAgain(containerd, options) : undefined,
    learned: options.learn ? await waitForLearned(snapshotter, options.reference) : undefined,
  };
}

async function pullAndRun(
  containerd: Containerd,
  snapshotter: Snapshotter | undefined,
  { far, reference }: MeasureStartOptions,
): Promise<StartFigures> {
  const name = snapshotter?.name ?? 'overlayfs';
  const pull = ['images', snapshotter ? 'rpull' : 'pull', '--plain-http', '--snapshotter', name, reference];
  const pids = [containerd.pid, ...(snapshotter ? [snapshotter.pid] : [])];
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), endedChildrenSeconds());
  const [counted, cpuBefore] = [await far.count(), cpu()];
  const startedMs = performance.now();
  await containerd.ctr(pull);
  const pulledMs = performance.now();
  const run = await runContainer(containerd, name, reference, () => far.count());
  const since = (ms: number) => (ms - startedMs) / 1000;
  return {
    pull: since(pulledMs),
    firstOutput: since(run.firstMs),
    ready: since(run.readyMs),
    bytes: run.atReady.bytes - counted.bytes,
    requests: run.atReady.requests - counted.requests,
    cpu: cpu() - cpuBefore,
    rss: peakResidentBytes(snapshotter?.pid ?? containerd.pid),
  };
}

interface ContainerRun<T> {
  readonly firstMs: number;
  readonly readyMs: number;
  /** What `look` found when it was ready. */
  readonly atReady: T;
}

/** Runs the image's container to its end. */
async function runContainer<T>(
  containerd: Containerd,
  snapshotter: string,
  reference: string,
  look: () => Promise<T>,
): Promise<ContainerRun<T>> {
  let readyMs: number | undefined;
  let looked: Promise<T> | undefined;
  let output = '';
  const onOutput = (text: string) => {
    output += text;
    if (looked || !/^ready/m.test(output)) return;
    readyMs = performance.now();
    looked = look();
    looked.catch(() => {});
  };
  const id = `c${++count}`;
  const args = ['run', '--rm', '--snapshotter', snapshotter, reference, id];
  const { firstOutputMs } = await containerd.ctr(args, { onOutput });
  if (firstOutputMs === undefined || readyMs === undefined || !looked) {
    throw new LabError('WRONG_RESULT', `The container of ${reference} never was ready; it said: ${output}`);
  }
  return { firstMs: firstOutputMs, readyMs, atReady: await looked };
}

/** The shorter of two runs: the first one may have waited for the disk. */
async function runAgain(containerd: Containerd, { reference }: MeasureStartOptions): Promise<number> {
  const seconds: number[] = [];
  for (let run = 0; run < 2; run++) {
    const startedMs = performance.now();
    const { readyMs } = await runContainer(containerd, 'overlayfs', reference, async () => undefined);
    seconds.push((readyMs - startedMs) / 1000);
  }
  return Math.min(...seconds);
}

/** Longer than it takes until a start counts as over. */
const LEARN_TIMEOUT_MS = 30_000;

async function waitForLearned(snapshotter: Snapshotter | undefined, reference: string): Promise<string> {
  const deadlineMs = performance.now() + LEARN_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const learned = await snapshotter?.learned?.(reference);
    if (learned !== undefined) return learned;
    await delay(250);
  }
  throw new LabError('TIMED_OUT', `Nothing was learned of ${reference} in ${LEARN_TIMEOUT_MS / 1000} s.`);
}
