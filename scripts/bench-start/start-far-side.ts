import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import type { FarAnswer, FarCount, FarOrder, FarRequest } from './far-order.ts';
import type { Link } from './link.ts';
import { addresses, connectNamespaces, shapeEnd } from './network.ts';

/** The other end of a link, with a registry. Disposing it ends its processes. */
export interface FarSide extends AsyncDisposable {
  /** Of the registry, across the link: what image references begin with. */
  readonly host: string;
  /** Changes the link's rate, in both directions. */
  shape(link: Link): Promise<void>;
  count(): Promise<FarCount>;
}

const PORT = 5000;
const TIMEOUT_MS = 60_000;

/** Starts it in a network namespace of its own, and connects that with the namespace of this process. */
export async function startFarSide(
  context: LabContext,
  options: { readonly storage: string; readonly requestDelayMs: number },
): Promise<FarSide> {
  const { directory, logs, env, signal } = context;
  const order: FarOrder = { directory, logs, storage: options.storage, port: PORT };
  const node = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning'];
  const program = [...node, join(import.meta.dirname, 'far-side.ts'), JSON.stringify(order)];
  const child = spawn('unshare', ['--net', ...program], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  const answer = async (): Promise<FarAnswer> => {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const [message] = (await once(child, 'message', { signal: waiting })) as [FarAnswer];
    if ('error' in message) throw new LabError('COMMAND_FAILED', `The link's far end: ${message.error}`);
    return message;
  };
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: FarRequest): Promise<FarAnswer> => {
    const asking = last.then(() => {
      const answered = answer();
      child.send(request);
      return answered;
    });
    last = asking.catch(() => {});
    return asking;
  };
  await answer();
  await connectNamespaces(context, child.pid!);
  await ask({ do: 'open', delayMs: options.requestDelayMs });
  return {
    host: `${addresses.far}:${PORT}`,
    async shape({ megabitsPerSecond }) {
      await shapeEnd(context, 'near', megabitsPerSecond);
      await ask({ do: 'shape', megabitsPerSecond });
    },
    async count() {
      const counted = await ask({ do: 'count' });
      return (counted as { count: FarCount }).count;
    },
    async [Symbol.asyncDispose]() {
      await ask({ do: 'stop' }).catch(() => {});
      child.kill('SIGKILL');
      await exit;
    },
  };
}
