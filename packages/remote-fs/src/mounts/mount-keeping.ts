import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdoptedMount, FuseMount, FuseSource, MountHandover } from '@sluice/fuse';
import { mountAt } from '@sluice/linux';
import type { Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { LayerPool } from '../layers/layer-pool.ts';
import type { LayerLease } from '../layers/open-layer.ts';
import { formatKeptState, type KeptState, parseKeptState } from './kept-state.ts';
import type { KeptConnection, MountKeeper } from './mount-keeper.ts';

/** A driver whose mounts can change hands: `KernelDriver` of `@sluice/fuse` is one. */
export interface AdoptingDriver {
  adopt(handover: MountHandover, source: FuseSource): Promise<AdoptedMount>;
  leave(): Promise<void>;
}

export interface MountKeepingOptions {
  /** For what is open in mounts: a directory in memory, of this file system's own. */
  readonly directory: string;
}

interface MountKeepingDeps {
  readonly keeper: MountKeeper;
  readonly driver: AdoptingDriver;
  readonly pool: LayerPool;
  readonly logger: Logger;
  /** What a driver needs to serve a layer at a place. */
  readonly sourceOf: (lease: LayerLease, mountpoint: string) => FuseSource;
}

/** A mount that an earlier process left, being served again. */
export interface Adopted {
  readonly mount: FuseMount;
  readonly lease: LayerLease;
  readonly source: LayerSource;
  readonly mountpoint: string;
  /** Whether it is still at its place. Else only containers that were running have it. */
  readonly isInPlace: boolean;
}

/** Lets mounts outlive this process, and takes back those of the process before. */
export interface MountKeeping {
  /** A name for a mount to be, and the file that its driver is to keep open files in. */
  begin(): Promise<{ readonly name: string; readonly opensFile: string }>;

  /**
   * Lets a mount outlive this process from now on, until it is closed. Never rejects: a mount that cannot be kept is
   * served as well as any, and the log says so.
   */
  keep(name: string, mount: FuseMount, source: LayerSource): Promise<void>;

  /** Serves again what earlier processes left, as far as that can be; what cannot is given up, and the log says so. */
  adoptAll(signal: AbortSignal): Promise<readonly Adopted[]>;

  /** Stops serving what is left and keeps it for the next process; what waits for an answer goes on waiting. */
  leave(): Promise<void>;
}

export function createMountKeeping(deps: MountKeepingDeps, { directory }: MountKeepingOptions): MountKeeping {
  const { keeper, driver, pool, logger, sourceOf } = deps;
  let hasLeft = false;
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

  async function onClosed(name: string): Promise<void> {
    if (!hasLeft) await forget(name);
  }

  async function forget(name: string): Promise<void> {
    try {
      await rm(opensFileOf(name), { force: true });
      await keeper.release(name);
    } catch (err) {
      logger.debug({ err, name }, 'a mount that is gone is still kept');
    }
  }

  async function adoptAll(signal: AbortSignal): Promise<readonly Adopted[]> {
    const connections = await keeper.list();
    const adopted = await Promise.all(connections.map((one) => adopt(one, signal)));
    await removeOpensFiles(new Set(connections.map(({ name }) => `${name}.opens`)));
    const serving = adopted.filter((one) => one !== undefined);
    if (connections.length > 0) {
      const inPlace = serving.filter(({ isInPlace }) => isInPlace).length;
      logger.info({ kept: connections.length, served: serving.length, inPlace }, 'took back mounts');
    }
    return serving;
  }

  async function adopt(connection: KeptConnection, signal: AbortSignal): Promise<Adopted | undefined> {
    const { name } = connection;
    const state = parseKeptState(connection.state);
    try {
      if (!state) throw new Error('it was kept by another version of this program');
      return await adoptKnown(name, state, signal);
    } catch (err) {
      signal.throwIfAborted();
      const fields = { err, mountpoint: state?.mountpoint, layer: state?.source.layerDigest };
      logger.error(fields, 'a mount cannot be served any more: restart the containers that use the layer');
      await forget(name);
      return undefined;
    }
  }

  async function adoptKnown(name: string, state: KeptState, signal: AbortSignal): Promise<Adopted> {
    const { source, mountpoint, handover, device } = state;
    const lease = await pool.acquire(source, { signal });
    try {
      const taken = await keeper.take(name);
      const mount = await driver.adopt({ device: taken, state: handover }, sourceOf(lease, mountpoint));
      void mount.closed.then(() => onClosed(name));
      return { mount, lease, source, mountpoint, isInPlace: deviceAt(mountpoint) === device };
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
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
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const name = randomUUID();
      return { name, opensFile: opensFileOf(name) };
    },
    keep,
    adoptAll,
    async leave() {
      hasLeft = true;
      await driver.leave();
    },
  };
}

function deviceAt(mountpoint: string): string | undefined {
  const found = mountAt(mountpoint);
  return found && `${found.major}:${found.minor}`;
}
