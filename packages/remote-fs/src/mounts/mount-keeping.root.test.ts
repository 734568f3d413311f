import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { FuseMount } from '@sluice/fuse';
import { closeDescriptor, MountFlag, mount, mountAt, pidfdGetfd, pidfdOpen, unmount } from '@sluice/linux';
import { createLogRecorder } from '@sluice/testkit/core';
import { expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import type { MountKeeper } from './mount-keeper.ts';
import { createMountKeeping } from './mount-keeping.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const source = { reference: 'r.example/a:1', layerDigest: digest, layers: [digest], annotations: {} };

function duplicate(fd: number): number {
  const self = pidfdOpen(process.pid);
  try {
    return pidfdGetfd(self, fd);
  } finally {
    closeDescriptor(self);
  }
}

/** A keeper in this process. */
function createKeeper(): MountKeeper & Disposable {
  const kept = new Map<string, { readonly fd: number; readonly state: string }>();
  const release = (name: string) => {
    const found = kept.get(name);
    kept.delete(name);
    if (found) closeDescriptor(found.fd);
  };
  return {
    start: async () => undefined,
    list: async () => [...kept].map(([name, { state }]) => ({ name, state })),
    hold: async (name, fd, state) => void kept.set(name, { fd: duplicate(fd), state }),
    take: async (name) => duplicate(kept.get(name)!.fd),
    release: async (name) => release(name),
    [Symbol.dispose]() {
      for (const name of [...kept.keys()]) release(name);
    },
  };
}

/** Mounts a connection that nobody serves, and of whose end nobody tells. */
function mountUnheard(mountpoint: string): FuseMount & Disposable {
  mkdirSync(mountpoint);
  const device = openSync('/dev/fuse', 'r+');
  const data = `fd=${device},rootmode=40000,user_id=0,group_id=0`;
  mount({ source: 'sluice', target: mountpoint, type: 'fuse', flags: MountFlag.RDONLY, data });
  const take = async () => unmount(mountpoint, { detach: true });
  return {
    mountpoint,
    closed: new Promise(() => undefined),
    handover: { device, state: '{}' },
    stats: () => expect.unreachable(),
    unmount: take,
    [Symbol.asyncDispose]: take,
    [Symbol.dispose]() {
      if (mountAt(mountpoint)) unmount(mountpoint, { detach: true });
      closeSync(device);
    },
  };
}

it('what is over is not left to the next process, though its driver was not told of that before it left', async () => {
  await using temporary = await makeTemporaryDirectory();
  using keeper = createKeeper();
  using over = mountUnheard(join(temporary.path, 'over'));
  using used = mountUnheard(join(temporary.path, 'used'));
  const keeping = createMountKeeping(
    {
      keeper,
      driver: { adopt: () => expect.unreachable(), prepare() {}, leave: async () => undefined },
      pool: {
        acquire: () => expect.unreachable(),
        anticipate() {},
        forget() {},
        open: () => [],
        [Symbol.dispose]() {},
      },
      logger: createLogRecorder(),
      sourceOf: () => expect.unreachable(),
    },
    { directory: join(temporary.path, 'opens') },
  );
  await keeping.keep('over', over, source);
  await keeping.keep('used', used, source);
  await over.unmount();
  await keeping.leave();
  expect((await keeper.list()).map(({ name }) => name)).toEqual(['used']);
});
