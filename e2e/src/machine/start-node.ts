import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Containers, createContainers } from '../clients/containers.ts';
import { type Ctr, createCtr } from '../clients/ctr.ts';
import { SNAPSHOTTER } from './containerd-config.ts';
import { chosenVersion } from './containerd-version.ts';
import { mountsBelow } from './mounts-below.ts';
import { places } from './places.ts';
import { type Containerd, startContainerd } from './start-containerd.ts';
import { type Sluiced, startSluiced } from './start-sluiced.ts';

const LOG_LINES = 40;
const RECONNECT_TIMEOUT_MS = 20_000;

/** A containerd of the chosen version with a sluiced of its own: what one computer of a cluster has. */
export interface ClusterNode extends AsyncDisposable, Ctr, Containers {
  readonly containerd: Containerd;
  /** The one that runs now. */
  readonly sluiced: Sluiced;
  /**
   * Ends sluiced by a signal, starts it anew on what it has left, and waits until containerd has found it: that looks
   * for it only every few seconds. Returns how the old one ended.
   */
  restartSluiced(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals>;
  /** Has containerd remove what nothing refers to, and waits for it. CRI has a namespace of its own: 'k8s.io'. */
  collectGarbage(namespace?: string): Promise<void>;
  /** The end of what both have logged. */
  logs(): string;
}

/** Starts both on empty directories. Disposing ends containers, stops both and removes the directories. */
export async function startNode(): Promise<ClusterNode> {
  mkdirSync(places.state, { recursive: true });
  const directory = mkdtempSync(join(places.state, 'node-'));
  const version = chosenVersion();
  let sluiced = await startSluiced(join(directory, 'sluice'));
  const containerd = await startContainerd({
    version,
    directory: join(directory, 'containerd'),
    sluiceRoot: sluiced.root,
    sluiceAddress: sluiced.address,
  }).catch(async (error: unknown) => {
    await sluiced.stop();
    throw error;
  });
  const logs = () => [tail('containerd', containerd.log()), tail('sluiced', sluiced.log())].join('\n');
  const ctr = createCtr(version, containerd.address, logs);
  return {
    ...ctr,
    ...createContainers(ctr),
    containerd,
    get sluiced() {
      return sluiced;
    },
    async restartSluiced(signal) {
      const end = await sluiced.stop(signal);
      sluiced = await startSluiced(join(directory, 'sluice'));
      await findsSnapshotter(ctr);
      return end;
    },
    async collectGarbage(namespace = 'default') {
      // The end of a lease is what containerd collects garbage after, at once if it is asked to.
      const leases = ['--namespace', namespace, 'leases'];
      const { stdout } = await ctr.ctr([...leases, 'create']);
      await ctr.ctr([...leases, 'delete', '--sync', stdout.trim()]);
    },
    logs,
    async [Symbol.asyncDispose]() {
      for (const namespace of ['default', 'k8s.io']) await removeTasks(ctr, namespace);
      await containerd.stop();
      await sluiced.stop();
      const left = mountsBelow(directory);
      if (left.length > 0) throw new Error(`Still mounted after the end of the node: ${left.join(' ')}`);
      rmSync(directory, { recursive: true });
    },
  };
}

/** Asks containerd for snapshots until it can. */
async function findsSnapshotter({ ctr }: Ctr): Promise<void> {
  const deadlineMs = Date.now() + RECONNECT_TIMEOUT_MS;
  const list = () => ctr(['snapshots', '--snapshotter', SNAPSHOTTER, 'ls'], { mayFail: true });
  for (let last = await list(); last.status !== 0; last = await list()) {
    if (Date.now() > deadlineMs) throw new Error(`containerd does not find sluiced again: ${last.stderr}`);
    await delay(100);
  }
}

/** Ends containers that a failed test has left: they outlive their containerd. */
async function removeTasks({ ctr }: Ctr, namespace: string): Promise<void> {
  const { stdout } = await ctr(['--namespace', namespace, 'tasks', 'ls', '--quiet']);
  for (const id of stdout.split('\n').filter((line) => line !== '')) {
    await ctr(['--namespace', namespace, 'tasks', 'rm', '--force', id]);
  }
}

function tail(name: string, log: string): string {
  return [`--- ${name}`, ...log.trimEnd().split('\n').slice(-LOG_LINES)].join('\n');
}
