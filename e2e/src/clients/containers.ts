import { SNAPSHOTTER } from '../machine/containerd-config.ts';
import type { Ctr } from './ctr.ts';

/** Images and containers of one containerd, by way of its command line. */
export interface Containers {
  /** Pulls an image as stargz-snapshotter's users do, lazily where it can be. */
  rpull(image: string): Promise<void>;
  /** Runs a command in a container of its own, which is removed afterwards; returns what it has printed. */
  run(image: string, command: readonly string[]): Promise<string>;
  /** Starts a container that waits for commands. */
  start(image: string): Promise<RunningContainer>;
}

export interface RunningContainer {
  /** Runs a shell script in it; returns what it has printed. @throws if it fails */
  exec(script: string): Promise<string>;
  /** Ends and removes it. */
  remove(): Promise<void>;
}

export function createContainers({ ctr, ctrRemote }: Ctr): Containers {
  let count = 0;
  return {
    async rpull(image) {
      await ctrRemote(['images', 'rpull', '--plain-http', '--snapshotter', SNAPSHOTTER, image]);
    },
    async run(image, command) {
      const options = ['--rm', '--snapshotter', SNAPSHOTTER];
      return (await ctr(['run', ...options, image, `run-${++count}`, ...command])).stdout;
    },
    async start(image) {
      const id = `waits-${++count}`;
      await ctr(['run', '--detach', '--snapshotter', SNAPSHOTTER, image, id, 'sleep', '100000']);
      return {
        async exec(script) {
          const exec = ['tasks', 'exec', '--exec-id', `exec-${++count}`, id];
          return (await ctr([...exec, 'sh', '-euc', script])).stdout;
        },
        async remove() {
          await ctr(['tasks', 'rm', '--force', id]);
          await ctr(['containers', 'rm', id]);
        },
      };
    },
  };
}
