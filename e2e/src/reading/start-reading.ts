import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ctr } from '../clients/ctr.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { SNAPSHOTTER } from '../machine/containerd-config.ts';
import { places } from '../machine/places.ts';
import type { ReadReport } from './read-report.ts';

/** A container that uses its root file system all the time. */
export interface Reading {
  /**
   * Waits until it has read many files, walked all directories and started Python, each from now on, or until it has
   * failed to.
   *
   * @throws if it does not in time
   */
  readsOn(): Promise<ReadReport>;
  /** Lets it end by itself, and removes it. @throws if it does not end in time, or as it should not */
  stop(): Promise<ReadReport>;
}

const SCRIPT = 'read-until-stopped.py';
const TIMEOUT_MS = 30_000;
/** The first of these may have begun before. */
const MORE = { files: 100, walks: 2, imports: 2 } as const;

/** Starts one of an image with Python that was pulled, and waits until it reads. */
export async function startReading({ ctr }: Ctr, image: string): Promise<Reading> {
  const task = mkdtempSync(join(places.state, 'reading-'));
  const id = basename(task);
  copyFileSync(join(import.meta.dirname, SCRIPT), join(task, SCRIPT));
  writeFileSync(join(task, 'digests.json'), JSON.stringify(digests()));
  const mount = `type=bind,src=${task},dst=/task,options=rbind:rw`;
  const options = ['--detach', '--snapshotter', SNAPSHOTTER, '--mount', mount];
  await ctr(['run', ...options, image, id, 'python3', '-B', `/task/${SCRIPT}`]);
  await until(task, () => true);
  return {
    readsOn() {
      const before = readReport(task) as ReadReport;
      return until(task, (now) => now.wrong.length > 0 || isBeyond(now, before));
    },
    async stop() {
      writeFileSync(join(task, 'stop'), '');
      const report = await until(task, ({ ended }) => ended);
      await ctr(['tasks', 'rm', '--force', id]);
      await ctr(['containers', 'rm', id]);
      rmSync(task, { recursive: true });
      return report;
    },
  };
}

/** SHA-256 of the files of the image that hold something, by path. */
function digests(): Record<string, string> {
  const files = readImageFacts(places.images).tree.filter(({ size, mode }) => size && mode !== '0');
  return Object.fromEntries(files.flatMap(({ path, sha256 }) => (sha256 ? [[path, sha256]] : [])));
}

async function until(task: string, isEnough: (report: ReadReport) => boolean): Promise<ReadReport> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  for (;;) {
    const report = readReport(task);
    if (report && isEnough(report)) return report;
    if (Date.now() > deadlineMs) throw new Error(`The container reads no more: ${JSON.stringify(report)}`);
    await delay(50);
  }
}

function isBeyond(now: ReadReport, before: ReadReport): boolean {
  return (['files', 'walks', 'imports'] as const).every((kind) => now[kind] >= before[kind] + MORE[kind]);
}

function readReport(task: string): ReadReport | undefined {
  try {
    return JSON.parse(readFileSync(join(task, 'report.json'), 'utf8')) as ReadReport;
  } catch (error) {
    // Not yet begun.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
