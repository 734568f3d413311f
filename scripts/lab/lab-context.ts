import type { Progress } from './progress.ts';

/** What every stage needs. */
export interface LabContext {
  readonly workspace: string;
  /** For all files of this run; removed at its end. */
  readonly directory: string;
  /** Logs of the programs, below the directory. */
  readonly logs: string;
  /** Name of this run, also in containerd and for cgroups. */
  readonly name: string;
  /** Environment in which the tools are found. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}
