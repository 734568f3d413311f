import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { startRegistry } from '../lab/start-registry.ts';
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy.ts';
import type { FarAnswer, FarCount, FarOrder, FarRequest } from './far-order.ts';
import { addresses, devices, openEnd, shapeEnd } from './network.ts';

// Runs in a network namespace of its own: the registry, and the far end of the link. Ends with whoever started it.
const order: FarOrder = JSON.parse(process.argv[2] ?? '');
const tools = { ...order, env: process.env, signal: new AbortController().signal };
let stop: (() => Promise<void>) | undefined;
let proxy: DelayingProxy | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: FarRequest) => {
  void answerTo(message).then((answer) => process.send?.(answer));
});
// It is in its namespace now.
process.send?.({ done: true } satisfies FarAnswer);

async function answerTo(message: FarRequest): Promise<FarAnswer> {
  try {
    if (message.do === 'count') return { count: count() };
    if (message.do === 'open') return { port: await open(message.delayMs) };
    if (message.do === 'shape') await shapeEnd(tools, 'far', message.megabitsPerSecond);
    else await stop?.();
    return { done: true };
  } catch (error) {
    return { error: String((error as Error).stack) };
  }
}

/** Returns the port of the registry itself, on this side's loopback device; the proxy has a fixed one. */
async function open(delayMs: number): Promise<number> {
  await openEnd(tools, 'far');
  keepLittleInSockets();
  mkdirSync(order.storage, { recursive: true });
  const registry = await startRegistry(tools, { storage: order.storage });
  const opened = await startDelayingProxy({
    targetPort: registry.port,
    host: addresses.far,
    port: order.port,
    delayMs,
  });
  proxy = opened;
  stop = async () => {
    await opened[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  };
  return registry.port;
}

/** Of this namespace only: a sender's buffer, so that what has left it has nearly arrived. tcp(7): tcp_wmem. */
function keepLittleInSockets(): void {
  writeFileSync('/proc/sys/net/ipv4/tcp_wmem', '4096 65536 262144');
}

function count(): FarCount {
  return { requests: proxy?.requests() ?? 0, bytes: sentBytes(readFileSync('/proc/self/net/dev', 'utf8')) };
}

/** proc_pid_net(5): after a device's name, eight numbers of what it received, then what it sent; bytes come first. */
function sentBytes(netDev: string): number {
  const line = netDev.split('\n').find((text) => text.trim().startsWith(`${devices.far}:`)) ?? '';
  return Number(line.split(':')[1]?.trim().split(/\s+/)[8] ?? 0);
}
