import { fork } from 'node:child_process';
import { join } from 'node:path';

/** A child process that answers one request at a time. */
export interface Child extends AsyncDisposable {
  ask<T>(request: unknown): Promise<T>;
}

/** How long one request may take. */
const TIMEOUT_MS = 120_000;

/** @param script a file beside this one that calls `serveRequests` */
export function startChild(script: string): Child {
  const child = fork(join(import.meta.dirname, script), {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) =>
      reject(new Error(`${script} ended with ${signal ?? `status ${code}`}`)),
    );
  });
  exited.catch(() => {});
  return {
    async ask<T>(request: unknown): Promise<T> {
      const answered = new Promise<{ value?: T; error?: string }>((resolve) =>
        child.once('message', resolve as never),
      );
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      child.send(request as never);
      const answer = await Promise.race([answered, exited]).finally(() => clearTimeout(timer));
      if (answer.error !== undefined) throw new Error(`${script}: ${answer.error}`);
      return answer.value as T;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.disconnect();
      await exited.catch(() => {});
    },
  };
}

/** The child's side: answers until the parent lets go, and ends then. */
export function serveRequests<T>(
  answer: (request: T) => unknown,
  end: () => Promise<void> = async () => {},
): void {
  process.on('message', async (request: T) => {
    try {
      process.send?.({ value: await answer(request) });
    } catch (error) {
      process.send?.({ error: String((error as Error).stack) });
    }
  });
  process.once('disconnect', () => void end().finally(() => process.exit()));
}
