import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mount, unmount } from '../../packages/linux/src/index.ts';
import type { Round } from './bench-result.ts';
import type { BenchSize } from './bench-tree.ts';
import { type Child, startChild } from './child.ts';
import type { ReaderRequest } from './reader-process.ts';
import type { ServerUsage } from './server-process.ts';
import type { Subject } from './subjects.ts';

export interface Places {
  /** Of this run, removed afterwards. */
  readonly base: string;
  readonly plain: string;
  readonly content: string;
}

/** One round of one subject, by processes of its own. Leaves nothing mounted. */
export async function measureSubject(subject: Subject, size: BenchSize, places: Places): Promise<Round> {
  await using reader = startChild('reader-process.ts');
  await using server = subject.driver === undefined ? undefined : startChild('server-process.ts');
  await server?.ask({ type: 'start', driver: subject.driver, size, content: places.content });
  const before = await server?.ask<ServerUsage>({ type: 'usage' });
  const read = (root: string, task: ReaderRequest['task']) => reader.ask<number>({ task, root, size });

  // The reader's code is compiled, and the files below are in the page cache, before anything is timed.
  for (const task of ['walk', 'small', 'sequential'] as const) await read(places.plain, task);
  const first = await withTree(subject, server, places, async (root) => ({
    walkFirst: await read(root, 'walk'),
    walkAgain: await read(root, 'walk'),
    smallFirst: await read(root, 'small'),
    smallAgain: await read(root, 'small'),
    sequentialFirst: await read(root, 'sequential'),
    sequentialAgain: await read(root, 'sequential'),
  }));
  const randomFirst = await withTree(subject, server, places, (root) => read(root, 'random'));
  const after = await server?.ask<ServerUsage>({ type: 'usage' });
  if (subject.driver === 'passthrough' && after?.stats?.passthrough !== 'on') {
    throw new Error(`passthrough is ${after?.stats?.passthrough} on this machine`);
  }
  const serverCpuMs = (after?.cpuMs ?? 0) - (before?.cpuMs ?? 0);
  return { ...first, randomFirst, serverCpuMs, serverRssMib: after?.rssMib ?? 0 };
}

/** Mounts what the subject needs, afresh, so that the kernel remembers nothing of it. */
async function withTree<T>(
  { driver, overlay }: Subject,
  server: Child | undefined,
  { base, plain }: Places,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const at = (name: string) => {
    mkdirSync(join(base, name), { recursive: true });
    return join(base, name);
  };
  await using mounts = new AsyncDisposableStack();
  let root = plain;
  if (server !== undefined && driver !== undefined) {
    root = at('mnt');
    await server.ask({ type: 'mount', mountpoint: root });
    mounts.defer(() => server.ask({ type: 'unmount' }));
  }
  if (overlay) {
    const data = `lowerdir=${root},upperdir=${at('upper')},workdir=${at('work')}`;
    root = at('merged');
    mount({ source: 'overlay', target: root, type: 'overlay', flags: 0, data });
    mounts.defer(() => unmount(join(base, 'merged'), { detach: true }));
  }
  return await use(root);
}
