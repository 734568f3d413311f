import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdoptedMount, FuseMount, FuseSource, MountHandover } from '@sluice/fuse';
import { closeDescriptor } from '@sluice/linux';
import type { Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { LayerPool } from '../layers/layer-pool.ts';
import type { LayerLease } from '../layers/open-layer.ts';
import { type Adopted, adoptMounts } from './adopt-mounts.ts';
import { deviceAt } from './device-at.ts';
import { isConnectionOver } from './is-connection-over.ts';
import { formatKeptState } from './kept-state.ts';
import type { MountKeeper } from './mount-keeper.ts';

/** A driver whose mounts can change hands: `KernelDriver` of `@sluice/fuse` is one. */
export interface AdoptingDriver {
  prepare(): void;
  adopt(handover: MountHandover, source: FuseSource): Promise<AdoptedMount>;
  leave(): Promise<void>;
}

export interface MountKeepingOptions {
  /** For what is open in mounts: a directory in memory, of this file system's own. */
  readonly directory: string;
  /** How soon a mount is tried again whose layer cannot be had now. Default 2 s. */
  readonly retryMs?: number;
}

interface MountKeepingDeps {
  readonly keeper: MountKeeper;
  readonly driver: AdoptingDriver;
  readonly pool: LayerPool;
  readonly logger: Logger;
  /** What a driver needs to serve a layer at a place. */
  readonly sourceOf: (lease: LayerLease, mountpoint: string) => FuseSource;
}

/** Lets mounts outlive this process, and takes back those of the process before. */
export interface MountKeeping {
  /** A name for a mount to be, and the file that its driver is to keep open files in. Early: it makes driver and keeper ready. */
  begin(): Promise<{ readonly name: string; readonly opensFile: string }>;

  /**
   * Lets a mount outlive this process from now on, until it is closed. Never rejects: a mount that cannot be kept is
   * served as well as any, and the log says so.
   */
  keep(name: string, mount: FuseMount, source: LayerSource): Promise<void>;

  /**
   * Serves again what earlier processes left, as far as that can be. Resolves when each was tried; some are tried again
   * after that, until `later`. See `adoptMounts`.
   *
   * @param onAdopted called for each, also for later ones
   */
  adoptAll(
    signal: AbortSignal,
    onAdopted: (adopted: Adopted) => void,
  ): Promise<{ readonly later: Promise<unknown> }>;

  /** Stops serving what is left and keeps it for the next process; what waits for an answer goes on waiting. */
  leave(): Promise<void>;
}

export function createMountKeeping(
  deps: MountKeepingDeps,
  { directory, retryMs = 2000 }: MountKeepingOptions,
): MountKeeping {
  const { keeper, driver, logger } = deps;
  let hasLeft = false;
  const forgetting = new Set<Promise<void>>();
  const opensFileOf = (name: string) => join(directory, `${name}.opens`);

  async function keep(name: string, mount: FuseMount, source: LayerSource): Promise<void> {
    try {
      await hold(name, mount, source);
    } catch (err) {
      const { mountpoint } = mount;
      logger.warn({ err, mountpoint }, 'a mount will not survive a restart of this process');
    }
    // Not before: a mount that ends meanwhile would be forgotten before it is held.
    void mount.closed.then(() => onClosed(name));
  }

  async function hold(name: string, { handover, mountpoint }: FuseMount, source: LayerSource): Promise<void> {
    if (!handover) return;
    const kept = { handover: handover.state, mountpoint, device: deviceAt(mountpoint) ?? '', source };
    await keeper.hold(name, handover.device, formatKeptState(kept));
  }

  function onClosed(name: string): void {
    if (hasLeft) return;
    const done = forget(name).finally(() => forgetting.delete(done));
    forgetting.add(done);
  }

  async function forget(name: string): Promise<void> {
    try {
      await rm(opensFileOf(name), { force: true });
      await keeper.release(name);
    } catch (err) {
      logger.debug({ err, name }, 'a mount that is gone is still kept');
    }
  }

  async function adoptAll(
    signal: AbortSignal,
    onAdopted: (adopted: Adopted) => void,
  ): Promise<{ readonly later: Promise<unknown> }> {
    const connections = await keeper.list();
    let [served, inPlace] = [0, 0];
    const own = { ...deps, adopt: driver.adopt, forget };
    const { first, all } = adoptMounts(own, connections, {
      signal,
      retryMs,
      onAdopted(name, adopted) {
        void adopted.mount.closed.then(() => onClosed(name));
        served++;
        if (adopted.isInPlace) inPlace++;
        onAdopted(adopted);
      },
    });
    await first;
    await removeOpensFiles(new Set(connections.map(({ name }) => `${name}.opens`)));
    if (connections.length > 0)
      logger.info({ kept: connections.length, served, inPlace }, 'took back mounts');
    return { later: all };
  }

  /** The end of a mount that the driver, on a busy machine, was not told of before it left. */
  async function forgetWhatIsOver(): Promise<void> {
    try {
      for (const { name } of await keeper.list()) {
        const device = await keeper.take(name);
        const isOver = isConnectionOver(device);
        closeDescriptor(device);
        if (isOver) await forget(name);
      }
    } catch (err) {
      logger.debug({ err }, 'mounts that are gone may still be kept');
    }
  }

  /** Those of mounts that ended with the process that had them. */
  async function removeOpensFiles(known: ReadonlySet<string>): Promise<void> {
    const names = await readdir(directory).catch(() => []);
    const stale = names.filter((name) => name.endsWith('.opens') && !known.has(name));
    await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
  }

  return {
    async begin() {
      // What starting them takes is over by the time that there is something to mount, and to keep.
      driver.prepare();
      keeper.start().catch((err: unknown) => logger.debug({ err }, 'the keeper of mounts does not start'));
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const name = randomUUID();
      return { name, opensFile: opensFileOf(name) };
    },
    keep,
    adoptAll,
    async leave() {
      hasLeft = true;
      await driver.leave();
      // Else the holder would hold on to what is over.
      await Promise.all(forgetting);
      await forgetWhatIsOver();
    },
  };
}
