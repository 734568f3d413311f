import { createContentFiles } from '../content-files.ts';
import { detachMount } from '../detach-mount.ts';
import type { FuseDriver, FuseMount, FuseMountOptions, FuseSource } from '../fuse-driver.ts';
import { FuseError } from '../fuse-error.ts';
import type { FuseLogger } from '../fuse-logger.ts';
import { createTreeFileSystem } from '../tree-file-system.ts';
import { createDeviceWatch, listDevices } from './device-watch.ts';
import type { FuseNative, NativeMount } from './fuse-native.ts';
import { loadFuseNative } from './load-fuse-native.ts';
import { createNativeHandlers, createNativeOperations, type NativeCounts } from './native-operations.ts';
import { createWaitingReads } from './waiting-reads.ts';

const VALID_SECONDS = 86_400;

interface NativeFuseMount extends FuseMount {
  /** Forgets what the mount has: nobody asks for it any more. */
  end(): void;
}

/**
 * Serves FUSE mounts through libfuse 2 and the package `fuse-native`, on the main thread: an alternative where the
 * kernel driver cannot be used. README.md says what it cannot do. The library is loaded with the first mount.
 *
 * The main thread must not use its own mounts synchronously: it would wait for itself.
 *
 * @throws from `mount`: FuseError DRIVER_UNAVAILABLE, besides the port's
 */
export function createNativeDriver(deps: { readonly logger: FuseLogger }): FuseDriver {
  const mounts = new Set<NativeFuseMount>();
  const watch = createDeviceWatch();
  let isClosed = false;
  let mounting: Promise<unknown> = Promise.resolve();

  function mount(mountpoint: string, source: FuseSource, options: FuseMountOptions = {}): Promise<FuseMount> {
    // One by one: a new mount is known by its new descriptor.
    const made = mounting.then(() => mountNext(mountpoint, source, options));
    mounting = made.catch(() => {});
    return made;
  }

  async function mountNext(
    mountpoint: string,
    source: FuseSource,
    options: FuseMountOptions,
  ): Promise<FuseMount> {
    options.signal?.throwIfAborted();
    if (isClosed) throw new FuseError('CLOSED', `Cannot mount FUSE on ${mountpoint}: the driver is closed`);
    const native = loadFuseNative();
    // The library's own way runs fusermount, which libfuse2 does not bring.
    native.unmount = (place, done) => done(attempt(() => detachMount(place)));
    const before = listDevices();
    const made = await mountNative({ native, logger: deps.logger }, mountpoint, source, options);
    mounts.add(made);
    void made.closed.then(() => mounts.delete(made));
    for (const device of listDevices()) if (!before.has(device)) watch.add(device, made.end);
    return made;
  }

  async function close(): Promise<void> {
    isClosed = true;
    await mounting;
    await Promise.all([...mounts].map((each) => each.unmount()));
    for (const each of mounts) each.end();
    watch[Symbol.dispose]();
  }

  let closing: Promise<void> | undefined;
  const closeOnce = () => (closing ??= close());
  return { name: 'fuse-native', mount, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

interface MountDeps {
  readonly native: FuseNative;
  readonly logger: FuseLogger;
}

async function mountNative(
  { native, logger }: MountDeps,
  mountpoint: string,
  source: FuseSource,
  options: FuseMountOptions,
): Promise<NativeFuseMount> {
  const fs = createTreeFileSystem(source.tree);
  const files = createContentFiles(source.content);
  const counts = createCounts();
  const closed = Promise.withResolvers<void>();
  const reads = createWaitingReads(
    { files, fill: source.fill, logger, onMiss: () => counts.misses++ },
    mountpoint,
  );
  const mounted = new native(
    mountpoint,
    createNativeOperations({ fs, reads, counts }),
    mountOptions(options),
  );
  Object.assign(mounted, createNativeHandlers({ fs, counts }));
  await begin(mounted, mountpoint);
  let taking: Promise<void> | undefined;
  const unmount = () => (taking ??= settle((done) => mounted.unmount(done)));
  return {
    mountpoint,
    handover: undefined,
    closed: closed.promise,
    stats: () => ({ ...counts, passthrough: 'off', passthroughOpens: 0 }),
    unmount,
    end() {
      reads.abandonAll();
      files[Symbol.dispose]();
      closed.resolve();
    },
    [Symbol.asyncDispose]: unmount,
  };
}

async function begin(mount: NativeMount, mountpoint: string): Promise<void> {
  try {
    await settle((done) => mount.mount(done));
  } catch (cause) {
    throw new FuseError(
      'MOUNT_FAILED',
      `Cannot mount FUSE on ${mountpoint} through libfuse: ${(cause as Error).message}. It needs root, /dev/fuse and an existing directory that is no mount.`,
      { cause },
    );
  }
}

/** Options that the library does not offer ride on `fsname`, which ends up in the same list. */
function mountOptions({ fsname = 'sluice' }: FuseMountOptions): Readonly<Record<string, unknown>> {
  const word = fsname.replace(/[^\w-]/g, '_');
  return {
    fsname: `${word},use_ino,ro,suid,dev,negative_timeout=${VALID_SECONDS}`,
    subtype: word,
    allowOther: true,
    defaultPermissions: true,
    kernelCache: true,
    entryTimeout: VALID_SECONDS,
    attrTimeout: VALID_SECONDS,
    timeout: false,
  };
}

function createCounts(): NativeCounts {
  return {
    requests: 0,
    lookups: 0,
    directoryReads: 0,
    reads: 0,
    readBytes: 0,
    misses: 0,
    errors: 0,
    opens: 0,
  };
}

function settle(run: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}

function attempt(run: () => void): Error | null {
  try {
    run();
    return null;
  } catch (error) {
    return error as Error;
  }
}
