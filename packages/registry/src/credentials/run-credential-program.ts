import { execFile } from 'node:child_process';

export interface CredentialProgram {
  /** A path, or a name to be found on PATH. */
  readonly program: string;
  readonly args: readonly string[];
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to its standard input. */
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface CredentialProgramOutcome {
  /** Exit status, signal or error code; undefined for success. */
  readonly failure: string | undefined;
  /** Its standard output, which may hold secrets: it belongs in no message. */
  readonly output: string;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Runs a program to its end, at most `timeoutMs`. The error that Node makes holds the output, so only its code goes on. */
export function runCredentialProgram(run: CredentialProgram): Promise<CredentialProgramOutcome> {
  const { program, args, env, input, timeoutMs, signal } = run;
  const options = {
    timeout: timeoutMs,
    // A program that is given up must not go on because it does not listen.
    killSignal: 'SIGKILL',
    maxBuffer: MAX_ANSWER_BYTES,
    ...(env ? { env } : {}),
  } as const;
  return new Promise((resolve) => {
    const child = execFile(program, [...args], options, (error, output) => {
      const failure = error === null ? undefined : String(error.code ?? error.signal ?? 'unknown');
      signal?.removeEventListener('abort', abort);
      resolve({ failure, output });
    });
    // Not execFile's own: that asks the program to end, and waits for whoever holds its output.
    const abort = () => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ failure: 'aborted', output: '' });
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    // A program may end without reading.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
