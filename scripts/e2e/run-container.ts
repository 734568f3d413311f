import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RunResult } from '../../e2e/src/process/run.ts';
import type { ContainerEngine } from './container-engine.ts';

export interface ContainerCommand {
  readonly image: string;
  /** A program of the workspace's Node: its arguments. */
  readonly nodeArgs: readonly string[];
  /** From the workspace's root: where it runs. */
  readonly directory: string;
  /** Where the registry's images are, on the machine. */
  readonly imagesDir: string;
  readonly imagesWritable: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
  /** Called when the command has ended, with the directory that it has seen as /sluice-e2e/state. */
  readonly onEnd?: (stateDir: string) => void;
}

const workspace = join(import.meta.dirname, '..', '..');
/** What the engine itself may take to start and to end a container. */
const ENGINE_TIMEOUT_MS = 60_000;
const REMOVE_TIMEOUT_MS = 60_000;

/**
 * Runs a command in a privileged container without network, and waits for its end. Neither the container nor
 * anything of it is left then.
 */
export async function runContainer(engine: ContainerEngine, command: ContainerCommand): Promise<RunResult> {
  const stateDir = mkdtempSync(join(tmpdir(), `sluice-e2e-${process.pid}-`));
  const name = basename(stateDir);
  mkdirSync(join(stateDir, 'compiled'));
  try {
    const result = await engine.run(runArgs(engine, command, { name, stateDir }), {
      mayFail: true,
      timeoutMs: command.timeoutMs + ENGINE_TIMEOUT_MS,
      signal: command.signal,
      onOutput: command.onOutput,
    });
    command.onEnd?.(stateDir);
    return result;
  } finally {
    await engine.run(['rm', '--force', name], { mayFail: true, timeoutMs: REMOVE_TIMEOUT_MS });
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function runArgs(
  engine: ContainerEngine,
  command: ContainerCommand,
  { name, stateDir }: { name: string; stateDir: string },
): string[] {
  const env = { NODE_COMPILE_CACHE: '/sluice-e2e/state/compiled', ...command.env };
  const seconds = Math.ceil(command.timeoutMs / 1000);
  const node = `/workspace/node_modules/node-linux-${process.arch}/bin/node`;
  return [
    'run',
    '--rm',
    `--name=${name}`,
    '--label=sluice-e2e',
    ...engine.privileges,
    '--network=none',
    ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
    `--volume=${workspace}:/workspace:ro`,
    `--volume=${command.imagesDir}:/sluice-e2e/images${command.imagesWritable ? '' : ':ro'}`,
    `--volume=${stateDir}:/sluice-e2e/state`,
    `--workdir=/workspace/${command.directory}`,
    command.image,
    // It ends by itself even if nobody is left to end it.
    ...['timeout', '--kill-after=5', String(seconds), node, '--disable-warning=ExperimentalWarning'],
    ...command.nodeArgs,
  ];
}
