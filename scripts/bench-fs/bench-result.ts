import type { Goal } from './goals.ts';

/** What is measured of each subject, in the order of the table. */
export const measures = {
  walkFirst: 'names/s',
  walkAgain: 'names/s',
  smallFirst: 'files/s',
  smallAgain: 'files/s',
  sequentialFirst: 'MiB/s',
  sequentialAgain: 'MiB/s',
  randomFirst: 'reads/s',
  serverCpuMs: 'ms',
  serverRssMib: 'MiB',
} as const;

export type Measure = keyof typeof measures;

/** One round's figures; nothing serves the file system itself, so its server's are 0. */
export type Round = Readonly<Record<Measure, number>>;

export interface SubjectResult {
  readonly subject: string;
  readonly rounds: readonly Round[];
  /** Of the rounds. */
  readonly median: Round;
  /** Median to the first subject's. */
  readonly ratio: Round;
}

export interface BenchResult {
  readonly kernel: string;
  readonly fileSystem: string;
  readonly bigMib: number;
  readonly smallFiles: number;
  readonly rounds: number;
  readonly units: typeof measures;
  readonly subjects: readonly SubjectResult[];
  readonly goals: readonly Goal[];
  /** Subjects that could not be measured, and why. */
  readonly skipped: readonly { readonly subject: string; readonly reason: string }[];
}
