import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LinkCount, ShapedLinkOptions } from './shaped-link.ts';

/** A shaped link in a process of its own. Disposing it ends the process. */
export interface LinkProcess extends AsyncDisposable {
  readonly port: number;
  count(): Promise<LinkCount>;
}

const TIMEOUT_MS = 10_000;

export async function startLink(options: ShapedLinkOptions, signal: AbortSignal): Promise<LinkProcess> {
  const child = fork(join(import.meta.dirname, 'link-process.ts'), [JSON.stringify(options)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  const answer = async () => {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const [message] = await once(child, 'message', { signal: waiting });
    return message;
  };
  const { port } = await answer();
  return {
    port,
    async count() {
      const counted = answer();
      child.send('count');
      return (await counted) as LinkCount;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
