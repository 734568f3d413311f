import { closeDescriptor, errnoName, setNonBlocking } from '@sluice/linux';
import { detachMount } from '../detach-mount.ts';
import type { FuseMount, FuseMountOptions, FuseSource } from '../fuse-driver.ts';
import { FuseError } from '../fuse-error.ts';
import type { FuseLogger } from '../fuse-logger.ts';
import type { AdoptedMount, KernelDriver } from '../kernel-driver.ts';
import type { MountHandover } from '../mount-handover.ts';
import { COUNTERS } from './counter.ts';
import { createFills, type Fills } from './fills.ts';
import type { FuseThread } from './fuse-thread.ts';
import { formatHandoverState, nameOfTree, parseHandoverState } from './handover-state.ts';
import type { MountEvent } from './messages.ts';
import { mountDevice } from './mount-device.ts';
import type { Negotiated } from './negotiate.ts';
import { packSource } from './portable-source.ts';
import { createPump, type Pump } from './pump.ts';
import { raiseReadAhead } from './raise-read-ahead.ts';
import { readStats } from './read-stats.ts';

/** A mount from the moment that its device is handed to the pump. */
interface Serving {
  readonly mountpoint: string;
  /** Kept until the pump has let go of the mount: its columns may lie in a file that this thread has mapped. */
  readonly source: FuseSource;
  readonly fills: Fills;
  readonly ready: PromiseWithResolvers<MountEvent & { readonly type: 'ready' }>;
  readonly closed: PromiseWithResolvers<void>;
}

interface ToServe {
  readonly device: number;
  readonly mountpoint: string;
  readonly source: FuseSource;
  readonly opensFile: string | undefined;
  readonly resumed?: Negotiated;
}

export interface KernelDriverOptions {
  /**
   * `auto` (default): the kernel reads complete files of a size that gains by it by itself, where it can (Linux 6.9,
   * CAP_SYS_ADMIN, contents on a file system that is not stacked): as fast as the file system that they lie on.
   * Overlayfs on such a mount works; overlayfs on that overlayfs does not, for it would be the third storey.
   * `off`: every read is answered by the server.
   */
  readonly passthrough?: 'auto' | 'off';
  /** `off`: do as on kernels before 6.9, which do not send requests again that were taken and not answered. */
  readonly resend?: 'auto' | 'off';
}

const DRAIN_MS = 5000;

export interface KernelDriverDeps {
  readonly logger: FuseLogger;
  /** One that nobody has used; it is the driver's then. Default: one is started with the first mount. */
  readonly thread?: FuseThread | undefined;
}

/**
 * Serves FUSE mounts on /dev/fuse by one worker thread. The main thread is needed for mounting and for bytes that are not
 * here yet, and for nothing else.
 */
export function createKernelDriver(
  deps: KernelDriverDeps,
  { passthrough = 'auto', resend = 'auto' }: KernelDriverOptions = {},
): KernelDriver {
  const serving = new Map<number, Serving>();
  let pump = deps.thread && createPump({ onEvent, onCrash }, deps);
  let isClosed = false;
  let isLeaving = false;
  let lastMount = 0;

  function onEvent(event: MountEvent): void {
    const mount = serving.get(event.mount);
    if (mount === undefined) return;
    if (event.type === 'ready') mount.ready.resolve(event);
    else if (event.type === 'missing') beginFill(mount, event);
    else if (event.type === 'interrupted') mount.fills.abandon(event.read);
    else if (event.type === 'passthrough-refused') logRefusal(mount.mountpoint, event.errno);
    else onGone(event.mount, mount, event.cause);
  }

  function beginFill({ fills }: Serving, event: MountEvent & { readonly type: 'missing' }): void {
    if (!isLeaving) fills.begin(event);
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
    const running = start(`Cannot mount FUSE on ${mountpoint}`);
    const device = mountDevice(mountpoint, options.fsname ?? 'sluice');
    const { own, counters } = serve(running, { device, mountpoint, source, opensFile: options.opensFile });
    const { negotiated } = await own.ready.promise;
    await raiseReadAhead(mountpoint).catch((err) =>
      deps.logger.debug({ err, mountpoint }, 'read-ahead stays at its default'),
    );
    const handover = createHandover({ device, source, mountpoint, negotiated, opensFile: options.opensFile });
    return createMount(own, counters, handover);
  }

  async function adopt({ device, state }: MountHandover, source: FuseSource): Promise<AdoptedMount> {
    using parts = new DisposableStack();
    parts.defer(() => closeDescriptor(device));
    const { mountpoint, tree, opensFile, negotiated } = parseHandoverState(state);
    if (tree !== nameOfTree(source.tree)) {
      throw new FuseError(
        'BAD_HANDOVER',
        `Cannot go on serving ${mountpoint}: the tree is not the one that was mounted there. Mount it anew.`,
      );
    }
    const running = start(`Cannot go on serving ${mountpoint}`);
    setNonBlocking(device);
    parts.move();
    const { own, counters } = serve(running, { device, mountpoint, source, opensFile, resumed: negotiated });
    const { resent } = await own.ready.promise;
    return Object.assign(
      createMount(own, counters, () => ({ device, state })),
      { resent },
    );
  }

  function start(what: string): Pump {
    if (isClosed) throw new FuseError('CLOSED', `${what}: the driver is closed`);
    pump ??= createPump({ onEvent, onCrash });
    return pump;
  }

  function serve({ tell }: Pump, { device, mountpoint, source, opensFile, resumed }: ToServe) {
    const id = ++lastMount;
    const counters = new Float64Array(new SharedArrayBuffer(8 * COUNTERS));
    const done = (read: number, ok: boolean, bytes?: Uint8Array) =>
      tell({ type: 'filled', mount: id, read, ok, bytes });
    const fills = createFills({ fill: source.fill, done, logger: deps.logger }, mountpoint);
    const own: Serving = {
      mountpoint,
      source,
      fills,
      ready: Promise.withResolvers(),
      closed: Promise.withResolvers(),
    };
    serving.set(id, own);
    tell({
      type: 'serve',
      mount: id,
      device,
      source: packSource(source),
      counters,
      passthrough: passthrough === 'auto',
      resend: resend === 'auto',
      opensFile,
      resumed,
    });
    return { own, counters };
  }

  async function end(): Promise<void> {
    await pump?.close();
    for (const { fills, closed } of serving.values()) {
      fills.abandonAll();
      closed.resolve();
    }
    serving.clear();
  }

  async function close(): Promise<void> {
    if (!isClosed) for (const { mountpoint } of serving.values()) detachMount(mountpoint);
    isClosed = true;
    await end();
  }

  async function leave(): Promise<void> {
    isClosed = true;
    await pump?.drain(DRAIN_MS);
    // Their failure would answer reads that the next server can still serve.
    isLeaving = true;
    for (const { fills } of serving.values()) fills.abandonAll();
    await end();
  }

  const prepare = () => void start('Cannot make ready to mount');

  return { name: 'kernel', prepare, mount, adopt, leave, close, [Symbol.asyncDispose]: close };
}

function createMount(
  { mountpoint, closed }: Serving,
  counters: Float64Array,
  handover: () => MountHandover | undefined,
): FuseMount {
  const take = async () => detachMount(mountpoint);
  let taken: Promise<void> | undefined;
  const once = () => (taken ??= take());
  return {
    mountpoint,
    closed: closed.promise,
    get handover() {
      return handover();
    },
    stats: () => readStats(counters),
    unmount: once,
    [Symbol.asyncDispose]: once,
  };
}

/** Made when it is first asked for: naming the tree reads all of it. */
function createHandover(of: ToServe & { readonly negotiated: Negotiated }): () => MountHandover | undefined {
  const { device, source, mountpoint, opensFile, negotiated } = of;
  let state: string | undefined;
  return () => {
    if (negotiated.passthrough === 'on' && opensFile === undefined) return undefined;
    state ??= formatHandoverState({ mountpoint, tree: nameOfTree(source.tree), opensFile, negotiated });
    return { device, state };
  };
}
