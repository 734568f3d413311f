import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mount, unmount } from '../../packages/linux/src/index.ts';
import type { Round } from './bench-result.ts';
import type { BenchSize } from './bench-tree.ts';
import { startChild } from './child.ts';
import type { ReaderRequest } from './reader-process.ts';
import type { ServedFiles } from './served-files.ts';
import type { Subject } from './subjects.ts';

export interface MeasureDeps {
  /** The files themselves. */
  readonly plain: string;
  /** Of this run, removed afterwards. */
  readonly base: string;
  readonly size: BenchSize;
  /**
   * Starts the subject's server, if it has one.
   *
   * @param warm reads every file below a directory once, before anything is measured
   */
  start(subject: Subject, warm: (root: string) => Promise<void>): Promise<ServedFiles | undefined>;
}

const WARM = ['walk', 'small', 'sequential'] as const;

/** One round of one subject, by processes of its own. Leaves nothing mounted. */
export async function measureSubject(subject: Subject, deps: MeasureDeps): Promise<Round> {
  await using reader = startChild('reader-process.ts');
  const read = (root: string, task: ReaderRequest['task']) =>
    reader.ask<number>({ task, root, size: deps.size });
  const warm = async (root: string) => {
    for (const task of WARM) await read(root, task);
  };
  await using server = await deps.start(subject, warm);
  // The reader's code is compiled, and the files below are in the page cache, before anything is timed.
  await warm(deps.plain);
  const before = await server?.usage();
  const first = await withTree(subject, server, deps, async (root) => ({
    walkFirst: await read(root, 'walk'),
    walkAgain: await read(root, 'walk'),
    smallFirst: await read(root, 'small'),
    smallAgain: await read(root, 'small'),
    sequentialFirst: await read(root, 'sequential'),
    sequentialAgain: await read(root, 'sequential'),
  }));
  const randomFirst = await withTree(subject, server, deps, (root) => read(root, 'random'));
  const after = await server?.usage();
  const serverCpuMs = (after?.cpuMs ?? 0) - (before?.cpuMs ?? 0);
  return { ...first, randomFirst, serverCpuMs, serverRssMib: after?.rssMib ?? 0 };
}

/** Mounts what the subject needs, afresh, so that the kernel remembers nothing of it. */
async function withTree<T>(
  { overlay }: Subject,
  server: ServedFiles | undefined,
  { base, plain }: MeasureDeps,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const at = (name: string) => {
    mkdirSync(join(base, name), { recursive: true });
    return join(base, name);
  };
  await using mounts = new AsyncDisposableStack();
  let root = plain;
  if (server !== undefined) {
    root = await server.mount();
    mounts.defer(() => server.unmount());
  }
  if (overlay) {
    const data = `lowerdir=${root},upperdir=${at('upper')},workdir=${at('work')}`;
    root = at('merged');
    mount({ source: 'overlay', target: root, type: 'overlay', flags: 0, data });
    mounts.defer(() => unmount(join(base, 'merged'), { detach: true }));
  }
  return await use(root);
}
