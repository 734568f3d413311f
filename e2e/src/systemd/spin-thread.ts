import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export type ThreadName = 'main' | 'pump';

interface Message {
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly workerInfo: { readonly url: string } };
}

const TIMEOUT_MS = 10_000;
/** Node's, which SIGUSR1 opens on the loopback interface. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const spin = { id: 1, method: 'Runtime.evaluate', params: { expression: 'for (;;);' } };

/** Has a thread of sluiced run in a loop without end, as a fault of its program would, by Node's inspector. */
export async function spinThread(pid: number, name: ThreadName): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorAddress());
  await once(socket, 'open', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const send = (message: object) => socket.send(JSON.stringify(message));
  if (name === 'main') return send(spin);
  const sessionId = await findPump(socket, send);
  const message = JSON.stringify(spin);
  send({ id: 3, method: 'NodeWorker.sendMessageToWorker', params: { sessionId, message } });
}

async function inspectorAddress(): Promise<string> {
  for (const deadlineMs = Date.now() + TIMEOUT_MS; ; ) {
    try {
      const [target] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      return target!.webSocketDebuggerUrl;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await delay(50);
    }
  }
}

/** @returns the inspector's session with the thread that answers FUSE requests */
function findPump(socket: WebSocket, send: (message: object) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('sluiced has no thread "pump-worker"')), TIMEOUT_MS).unref();
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as Message;
      const isPump =
        method === 'NodeWorker.attachedToWorker' && params?.workerInfo.url.includes('pump-worker');
      if (isPump) resolve(params!.sessionId);
    });
    send({ id: 2, method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } });
  });
}
