import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { LabError } from './lab-error.ts';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it writes to both streams is added to this file. */
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Is told what comes on stdout, as it comes. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

export interface CommandResult {
  readonly stdout: string;
  /** When the first byte came on stdout, as `performance.now()` says; undefined if none came. */
  readonly firstOutputMs: number | undefined;
}

const LAST_LINES = 12;

/**
 * Runs a command to its end.
 *
 * @throws LabError COMMAND_FAILED with its last lines; TIMED_OUT; INTERRUPTED. It was killed, in the last two cases.
 */
export async function runCommand(options: Command): Promise<CommandResult> {
  const { command, args, env, logFile, timeoutMs, signal, onOutput } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const child = spawn(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, deadline]),
    killSignal: 'SIGKILL',
  });
  let [stdout, output] = ['', ''];
  let firstOutputMs: number | undefined;
  const record = (text: string) => {
    output += text;
    appendFileSync(logFile, text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    firstOutputMs ??= performance.now();
    stdout += text;
    onOutput?.(text);
    record(text);
  });
  child.stderr.setEncoding('utf8').on('data', record);
  const ended = Promise.withResolvers<string | undefined>();
  child.on('error', (error) => ended.resolve(error.message));
  child.on('close', (code, by) => ended.resolve(code === 0 ? undefined : `ended with ${code ?? by}`));
  const problem = await ended.promise;
  const commandLine = [command, ...args].join(' ');
  if (signal.aborted) throw new LabError('INTERRUPTED', `"${commandLine}" was interrupted.`);
  if (deadline.aborted) {
    throw new LabError(
      'TIMED_OUT',
      `"${commandLine}" did not end within ${timeoutMs / 1000} s.${lastLines(output)}`,
    );
  }
  if (problem) throw new LabError('COMMAND_FAILED', `"${commandLine}": ${problem}.${lastLines(output)}`);
  return { stdout, firstOutputMs };
}

/** The end of an output, indented below a message; nothing if there is none. */
export function lastLines(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-LAST_LINES);
  return lines.join('') === '' ? '' : `\n${lines.map((line) => `    ${line}`).join('\n')}`;
}
