import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { FuseDriver, FuseMount, FuseMountOptions, FuseSource } from '@sluice/fuse';
import type { CallOptions, Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { LayerPool } from '../layers/layer-pool.ts';
import type { LayerLease } from '../layers/open-layer.ts';
import { detachStaleMounts } from './detach-stale-mounts.ts';
import { createFailedReadLog } from './failed-read-log.ts';
import type { MountKeeper } from './mount-keeper.ts';
import {
  type AdoptingDriver,
  createMountKeeping,
  type MountKeeping,
  type MountKeepingOptions,
} from './mount-keeping.ts';

/** A layer at its place. */
export interface Mounted {
  readonly mount: FuseMount;
  readonly lease: LayerLease;
  readonly source: LayerSource;
}

/** What makes mounts outlive this process. */
export interface Survival extends MountKeepingOptions {
  readonly keeper: MountKeeper;
  readonly driver: AdoptingDriver;
}

/** The layers that are mounted. Callers see to it that one place is used by one call at a time. */
export interface LayerMounts {
  /** Resolves when the mounts of the process before are served again. Never rejects. */
  readonly resumed: Promise<void>;
  readonly size: number;
  get(mountpoint: string): Mounted | undefined;
  /** Mounts a layer at an empty place. @throws as `LayerPool.acquire`; FuseError */
  mount(mountpoint: string, source: LayerSource, call: CallOptions): Promise<Mounted>;
  /** Takes a layer away, or what an earlier process left there. */
  unmount(mountpoint: string): Promise<void>;
  /** As `RemoteFileSystem.probe`. */
  probe(): Promise<void>;
  /**
   * Takes all layers away. Those that containers use go on being served: by this process until it ends, or by the next
   * one where mounts survive. Nothing may be mounted any more.
   */
  close(): Promise<void>;
}

interface LayerMountsDeps {
  readonly driver: FuseDriver;
  readonly pool: LayerPool;
  readonly logger: Logger;
  /** Without it mounts end with this process. */
  readonly survival: Survival | undefined;
}

/** How long a mount that nobody uses may take to end. */
const END_MS = 500;

export function createLayerMounts(deps: LayerMountsDeps): LayerMounts {
  const { driver, pool, logger, survival } = deps;
  const failedReads = createFailedReadLog(deps);
  const mounts = new Map<string, Mounted>();
  /** Mounts that are served; more than `mounts`, for containers keep using what was taken away. */
  const served = new Set<FuseMount>();
  const closing = new AbortController();
  let resumedAll: Promise<unknown> | undefined;
  const keeping = survival && createMountKeeping({ ...survival, pool, logger, sourceOf }, survival);

  function sourceOf({ layer }: LayerLease, mountpoint: string): FuseSource {
    const fill: FuseSource['fill'] = (content, offset, length, options) =>
      layer.source.fill(content, offset, length, options).catch((err: unknown) => {
        if (!options.signal.aborted) failedReads.add({ err, layer: layer.digest, mountpoint });
        throw err;
      });
    return { ...layer.source, fill };
  }

  function watch({ mount, lease }: Mounted): void {
    served.add(mount);
    void mount.closed.then(() => {
      served.delete(mount);
      lease[Symbol.dispose]();
    });
  }

  function place(mountpoint: string, mounted: Mounted): void {
    mounts.set(mountpoint, mounted);
    mounted.lease.layer.begin();
    void mounted.mount.closed.then(() => {
      if (mounts.get(mountpoint) !== mounted) return;
      mounts.delete(mountpoint);
      const layer = mounted.source.layerDigest;
      logger.warn({ mountpoint, layer }, 'a mount was taken away from outside');
    });
  }

  async function mount(mountpoint: string, source: LayerSource, call: CallOptions): Promise<Mounted> {
    const beginning = keeping?.begin();
    beginning?.catch(() => {});
    const lease = await pool.acquire(source, call);
    try {
      const { name, ...forKeeping } = (await beginning) ?? {};
      const mount = await mountLeased(mountpoint, lease, { fsname: 'sluice', ...forKeeping, ...call });
      const mounted = { mount, lease, source };
      watch(mounted);
      const kept = name === undefined ? undefined : keeping?.keep(name, mount, source);
      await durableOrUnmounted(mounted);
      await kept;
      place(mountpoint, mounted);
      return mounted;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  /** Who is told of the mount relies on that it comes back. @throws what keeps its index from that, with nothing mounted */
  async function durableOrUnmounted({ mount, lease }: Mounted): Promise<void> {
    try {
      await lease.layer.durable;
    } catch (error) {
      await mount.unmount();
      throw error;
    }
  }

  /** @throws the reason of closing, with nothing mounted, if that began meanwhile */
  async function mountLeased(
    mountpoint: string,
    lease: LayerLease,
    options: FuseMountOptions,
  ): Promise<FuseMount> {
    const mount = await driver.mount(mountpoint, sourceOf(lease, mountpoint), options);
    if (!closing.signal.aborted) return mount;
    await mount.unmount();
    throw closing.signal.reason;
  }

  async function resume(mountKeeping: MountKeeping): Promise<void> {
    try {
      const { later } = await mountKeeping.adoptAll(closing.signal, (adopted) => {
        watch(adopted);
        if (adopted.isInPlace && !mounts.has(adopted.mountpoint)) place(adopted.mountpoint, adopted);
      });
      resumedAll = later;
    } catch (err) {
      if (!closing.signal.aborted) logger.error({ err }, 'mounts of an earlier process are not served');
    }
  }

  async function unmount(mountpoint: string): Promise<void> {
    const mounted = mounts.get(mountpoint);
    mounts.delete(mountpoint);
    if (mounted) await mounted.mount.unmount();
    else await detachStaleMounts(mountpoint);
  }

  /** The kernel keeps attributes and names, but asks for this every time. One thread serves all mounts: any will do. */
  async function probe(): Promise<void> {
    const [mountpoint] = mounts.keys();
    // That it is gone is an answer, too.
    if (mountpoint !== undefined) await statfs(mountpoint).catch(() => undefined);
  }

  async function unmountAll(): Promise<void> {
    const results = await Promise.allSettled([...mounts.keys()].map(unmount));
    const failed = results.filter((result) => result.status === 'rejected');
    for (const { reason } of failed) logger.error({ err: reason }, 'a mount could not be taken away');
  }

  /** What containers use is left to the next process; its requests wait in the kernel meanwhile. */
  async function leaveAll(mountKeeping: MountKeeping): Promise<void> {
    const ended = Promise.all([...served].map(({ closed }) => closed));
    const late = new AbortController();
    const lateness = delay(END_MS, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([ended, lateness]);
    late.abort();
    if (served.size > 0)
      logger.info({ mounts: served.size }, 'containers keep layers that the next start serves');
    await mountKeeping.leave();
  }

  const resumed = keeping ? resume(keeping) : Promise.resolve();
  return {
    resumed,
    get size() {
      return mounts.size;
    },
    get: (mountpoint) => mounts.get(mountpoint),
    mount,
    unmount,
    probe,
    async close() {
      closing.abort(new Error('lazily mounted layers are being closed'));
      await resumed;
      await resumedAll;
      await unmountAll();
      if (keeping) await leaveAll(keeping);
    },
  };
}
