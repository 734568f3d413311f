import { errnoName } from '@sluice/linux';
import { detachMount } from '../detach-mount.ts';
import type { FuseDriver, FuseMount, FuseMountOptions, FuseSource } from '../fuse-driver.ts';
import { FuseError } from '../fuse-error.ts';
import type { FuseLogger } from '../fuse-logger.ts';
import { COUNTERS } from './counter.ts';
import { createFills, type Fills } from './fills.ts';
import type { PumpEvent } from './messages.ts';
import { mountDevice } from './mount-device.ts';
import { type Pump, startPump } from './pump.ts';
import { raiseReadAhead } from './raise-read-ahead.ts';
import { readStats } from './read-stats.ts';

/** A mount from the moment that its device is handed to the pump. */
interface Serving {
  readonly mountpoint: string;
  readonly fills: Fills;
  readonly ready: PromiseWithResolvers<void>;
  readonly closed: PromiseWithResolvers<void>;
}

export interface KernelDriverOptions {
  /**
   * `auto` (default): the kernel reads complete files of a size that gains by it by itself, where it can (Linux 6.9,
   * CAP_SYS_ADMIN, contents on a file system that is not stacked): as fast as the file system that they lie on.
   * Overlayfs on such a mount works; overlayfs on that overlayfs does not, for it would be the third storey.
   * `off`: every read is answered by the server.
   */
  readonly passthrough?: 'auto' | 'off';
}

/**
 * Serves FUSE mounts on /dev/fuse by one worker thread, which is started with the first mount. The main thread
 * is needed for mounting and for bytes that are not here yet, and for nothing else.
 */
export function createKernelDriver(
  deps: { readonly logger: FuseLogger },
  { passthrough = 'auto' }: KernelDriverOptions = {},
): FuseDriver {
  const serving = new Map<number, Serving>();
  let pump: Pump | undefined;
  let isClosed = false;
  let lastMount = 0;

  function onEvent(event: PumpEvent): void {
    const mount = serving.get(event.mount);
    if (mount === undefined) return;
    if (event.type === 'ready') mount.ready.resolve();
    else if (event.type === 'missing') mount.fills.begin(event);
    else if (event.type === 'interrupted') mount.fills.abandon(event.read);
    else if (event.type === 'passthrough-refused') logRefusal(mount.mountpoint, event.errno);
    else onGone(event.mount, mount, event.cause);
  }

  function onGone(id: number, mount: Serving, cause: string | undefined): void {
    serving.delete(id);
    mount.fills.abandonAll();
    const message = `The mount on ${mount.mountpoint} ended${cause === undefined ? '' : `: ${cause}`}`;
    mount.ready.reject(new FuseError('MOUNT_FAILED', message));
    if (cause !== undefined) {
      detachMount(mount.mountpoint);
      deps.logger.error({ mountpoint: mount.mountpoint, cause }, 'a FUSE mount failed');
    }
    mount.closed.resolve();
  }

  function logRefusal(mountpoint: string, errno: number): void {
    const fields = { mountpoint, errno: errnoName(errno) ?? errno };
    deps.logger.debug(
      fields,
      'the kernel does not read complete files by itself; the FUSE server reads them',
    );
  }

  function onCrash(error: FuseError): void {
    pump = undefined;
    deps.logger.error({ err: error }, 'the FUSE thread ended by itself');
    for (const [id, mount] of [...serving]) {
      detachMount(mount.mountpoint);
      onGone(id, mount, error.message);
    }
  }

  async function mount(
    mountpoint: string,
    source: FuseSource,
    options: FuseMountOptions = {},
  ): Promise<FuseMount> {
    options.signal?.throwIfAborted();
    if (isClosed) throw new FuseError('CLOSED', `Cannot mount FUSE on ${mountpoint}: the driver is closed`);
    pump ??= startPump({ onEvent, onCrash });
    const id = ++lastMount;
    const counters = new Float64Array(new SharedArrayBuffer(8 * COUNTERS));
    const device = mountDevice(mountpoint, options.fsname ?? 'sluice');
    const { tell } = pump;
    const fills = createFills(
      {
        fill: source.fill,
        done: (read, ok) => tell({ type: 'filled', mount: id, read, ok }),
        logger: deps.logger,
      },
      mountpoint,
    );
    const own: Serving = {
      mountpoint,
      fills,
      ready: Promise.withResolvers(),
      closed: Promise.withResolvers(),
    };
    serving.set(id, own);
    tell({
      type: 'serve',
      mount: id,
      device,
      tree: columnsOf(source),
      content: tableOf(source),
      counters,
      passthrough: passthrough === 'auto',
    });
    await own.ready.promise;
    await raiseReadAhead(mountpoint).catch((err) =>
      deps.logger.debug({ err, mountpoint }, 'read-ahead stays at its default'),
    );
    return createMount(own, counters);
  }

  async function close(): Promise<void> {
    isClosed = true;
    for (const { mountpoint } of serving.values()) detachMount(mountpoint);
    await pump?.close();
    for (const { fills, closed } of serving.values()) {
      fills.abandonAll();
      closed.resolve();
    }
    serving.clear();
  }

  return { name: 'kernel', mount, close, [Symbol.asyncDispose]: close };
}

function createMount({ mountpoint, closed }: Serving, counters: Float64Array): FuseMount {
  const take = async () => detachMount(mountpoint);
  let taken: Promise<void> | undefined;
  const once = () => (taken ??= take());
  return {
    mountpoint,
    closed: closed.promise,
    stats: () => readStats(counters),
    unmount: once,
    [Symbol.asyncDispose]: once,
  };
}

/** What crosses to the other thread: the columns and no more, whatever else the source has. */
function columnsOf({ tree }: FuseSource): FuseSource['tree'] {
  const { inodeCount, inodes, entries, names, xattrs } = tree;
  return { inodeCount, inodes, entries, names, xattrs };
}

function tableOf({ content }: FuseSource): FuseSource['content'] {
  const { directory, chunkOffset, present, reads } = content;
  const { size, chunkStart, chunkCount, digest } = content.contents;
  return { directory, contents: { size, chunkStart, chunkCount, digest }, chunkOffset, present, reads };
}
