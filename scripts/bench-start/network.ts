import { join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { runCommand } from '../lab/run-command.ts';

/** Addresses at the ends of the link: of the machine, and of the registry. */
export const addresses = { near: '10.53.0.2', far: '10.53.0.1' } as const;

/** Names of the network devices at the ends of the link. */
export const devices = { near: 'sluice-near', far: 'sluice-far' } as const;

/**
 * Bytes that a shaped end passes at once, at least one packet as the kernel hands them on (64 KiB); and how long a
 * packet may wait in its queue.
 */
const BURST_BYTES = 131_072;
const QUEUE_MS = 50;

type Tools = Pick<LabContext, 'env' | 'logs' | 'signal'>;

/**
 * Connects this process's network namespace with that of another process by a pair of devices (veth(4)). They vanish
 * with the namespaces. What the other one has to do at its end is `openEnd`'s.
 */
export async function connectNamespaces(tools: Tools, farPid: number): Promise<void> {
  const far = ['peer', 'name', devices.far, 'netns', String(farPid)];
  await run(tools, 'ip', ['link', 'add', devices.near, 'type', 'veth', ...far]);
  await openEnd(tools, 'near');
}

/** Gives this process's end of the link its address, and takes the loopback device up. */
export async function openEnd(tools: Tools, end: keyof typeof devices): Promise<void> {
  await run(tools, 'ip', ['link', 'set', 'lo', 'up']);
  await run(tools, 'ip', ['address', 'add', `${addresses[end]}/30`, 'dev', devices[end]]);
  await run(tools, 'ip', ['link', 'set', devices[end], 'up']);
}

/** Limits what this process's end sends: a token bucket filter, tc-tbf(8). Replaces an earlier limit. */
export async function shapeEnd(
  tools: Tools,
  end: keyof typeof devices,
  megabitsPerSecond: number,
): Promise<void> {
  const limit = [
    'rate',
    `${megabitsPerSecond}mbit`,
    'burst',
    String(BURST_BYTES),
    'latency',
    `${QUEUE_MS}ms`,
  ];
  try {
    await run(tools, 'tc', ['qdisc', 'replace', 'dev', devices[end], 'root', 'tbf', ...limit]);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'COMMAND_FAILED') throw error;
    throw new LabError(
      'CANNOT_RUN_HERE',
      `The link cannot be limited: load the kernel's module with "modprobe sch_tbf".\n${error.message}`,
      { cause: error },
    );
  }
}

function run({ env, logs, signal }: Tools, command: string, args: readonly string[]) {
  return runCommand({ command, args, env, logFile: join(logs, `${command}.log`), timeoutMs: 30_000, signal });
}
