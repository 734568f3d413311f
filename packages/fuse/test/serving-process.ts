import { closeDescriptor, pidfdGetfd, pidfdOpen } from '@sluice/linux';
import {
  buildTree,
  createContentFiller,
  dir,
  file,
  numberedBytes,
  type TreeNode,
} from '@sluice/testkit/fuse';
import { createKernelDriver, type FuseMount, type MountHandover } from '../src/index.ts';

/** What the process is told: to mount, or to go on with a mount whose descriptor another process keeps. */
export type ServingRequest = { readonly directory: string } & (
  | { readonly type: 'mount'; readonly mountpoint: string; readonly opensFile: string }
  | { readonly type: 'adopt'; readonly handover: MountHandover; readonly keeper: number }
);

/** Once it serves. */
export interface ServingReply {
  readonly handover: MountHandover;
  readonly resent: boolean;
}

const SMALL_FILES = 300;
export const bigBytes = numberedBytes(1 << 20);

/** The same tree in every process. Some contents are complete, the others come slowly. */
export function servedTree() {
  const children: Record<string, TreeNode> = {
    complete: file(bigBytes),
    slow: file(bigBytes.subarray(4), { chunkOffsets: [0, 1 << 18, 2 << 18, 3 << 18] }),
  };
  for (let i = 0; i < SMALL_FILES; i++) children[`small-${i}`] = file(`text ${i}`);
  return dir(children);
}

async function serve(request: ServingRequest): Promise<ServingReply> {
  const built = buildTree(servedTree(), request.directory);
  const filler = createContentFiller(built);
  if (request.type === 'mount') filler.complete(0);
  filler.before = () => new Promise((resolve) => setTimeout(resolve, 5));
  const driver = createKernelDriver({ logger: { debug() {}, error() {} } });
  const source = { tree: built.tree, content: built.content, fill: filler.fill };
  if (request.type === 'adopt') {
    const device = takeDescriptor(request.keeper, request.handover.device);
    const mount = await driver.adopt({ ...request.handover, device }, source);
    return { handover: handoverOf(mount), resent: mount.resent };
  }
  const { opensFile } = request;
  return {
    handover: handoverOf(await driver.mount(request.mountpoint, source, { opensFile })),
    resent: false,
  };
}

function handoverOf({ handover }: FuseMount): MountHandover {
  if (handover === undefined) throw new Error('the mount cannot be handed over');
  return { device: handover.device, state: handover.state };
}

/** A descriptor of another process, as this process's own. */
export function takeDescriptor(pid: number, fd: number): number {
  const pidfd = pidfdOpen(pid);
  try {
    return pidfdGetfd(pidfd, fd);
  } finally {
    closeDescriptor(pidfd);
  }
}

if (import.meta.main) {
  process.once('disconnect', () => process.exit());
  process.once('message', (request: ServingRequest) => {
    void serve(request).then(
      (reply) => process.send?.(reply),
      (error) => process.send?.({ error: String(error.stack) }),
    );
  });
}
