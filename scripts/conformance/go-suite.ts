import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from '../steps/run-bounded.ts';
import type { GoToolchain } from './go-toolchain.ts';

export interface GoSuiteOptions {
  /** For everything that is written. */
  readonly directory: string;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/** containerd's suite, as a program. */
export interface GoSuite {
  /** @throws with what the compiler said */
  compile(): Promise<void>;
  /**
   * Runs it on the snapshotter that serves on a socket.
   *
   * @returns the lines of test2json, whole or not, and what is wrong with how it ended, if anything is
   */
  run(address: string): Promise<{ readonly events: string; readonly problem: string | undefined }>;
}

/** Far more than a slow machine needs to compile containerd's packages for the first time. */
const COMPILE_TIMEOUT_MS = 6 * 60_000;
/**
 * The suite takes some seconds, on a busy machine a minute. Go ends a test that hangs, and says where; one that hangs
 * in the kernel is ended later.
 */
const RUN_TIMEOUT = { go: '5m', aboveThatMs: 330_000 };

const source = join(import.meta.dirname, '..', '..', 'e2e', 'conformance');

export function createGoSuite(toolchain: GoToolchain, { directory, signal }: GoSuiteOptions): GoSuite {
  const program = join(directory, 'suite.test');
  const output = join(directory, 'go-output');
  const go = async (args: readonly string[], how: { timeoutMs: number; address?: string }) => {
    // To a file: a pipe would have to be emptied meanwhile, and is open as long as any orphan holds it.
    const command = ['sh', '-c', 'exec "$@" >"$0" 2>&1', output, toolchain.go, ...args] as const;
    const env = { ...toolchain.env, TMPDIR: directory, SLUICE_ADDRESS: how.address ?? '' };
    const wrong = await runBounded({ command, cwd: source, env, timeoutMs: how.timeoutMs, signal });
    return { wrong, text: readFileSync(output, 'utf8') };
  };
  return {
    async compile() {
      const { wrong, text } = await go(['test', '-c', '-o', program, '.'], { timeoutMs: COMPILE_TIMEOUT_MS });
      if (wrong) throw new Error(`containerd's suite cannot be compiled: ${wrong}\n${text}`);
    },
    async run(address) {
      const tests = [program, '-test.v', `-test.timeout=${RUN_TIMEOUT.go}`];
      const args = ['tool', 'test2json', '-t', ...tests];
      const { wrong, text } = await go(args, { timeoutMs: RUN_TIMEOUT.aboveThatMs, address });
      return { events: text, problem: wrong && `containerd's suite: ${wrong}` };
    },
  };
}
