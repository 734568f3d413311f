import { setTimeout as delay } from 'node:timers/promises';
import type { AdoptedMount, FuseMount, FuseSource, MountHandover } from '@sluice/fuse';
import { closeDescriptor } from '@sluice/linux';
import type { Logger } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { LayerPool } from '../layers/layer-pool.ts';
import type { LayerLease } from '../layers/open-layer.ts';
import { deviceAt } from './device-at.ts';
import { isConnectionOver } from './is-connection-over.ts';
import { type KeptState, parseKeptState } from './kept-state.ts';
import type { KeptConnection, MountKeeper } from './mount-keeper.ts';
import { toNotLazyError } from './to-not-lazy-error.ts';

/** A mount that an earlier process left, being served again. */
export interface Adopted {
  readonly mount: FuseMount;
  readonly lease: LayerLease;
  readonly source: LayerSource;
  readonly mountpoint: string;
  /** Whether it is still at its place. Else only containers that were running have it. */
  readonly isInPlace: boolean;
}

export interface AdoptMountsDeps {
  readonly keeper: MountKeeper;
  readonly adopt: (handover: MountHandover, source: FuseSource) => Promise<AdoptedMount>;
  readonly pool: LayerPool;
  readonly logger: Logger;
  readonly sourceOf: (lease: LayerLease, mountpoint: string) => FuseSource;
  /** Called for what nobody will serve any more. Never rejects. */
  readonly forget: (name: string) => Promise<void>;
}

export interface AdoptMountsOptions {
  readonly signal: AbortSignal;
  /** How soon a mount is tried again whose layer cannot be had now; then twice as long, and so on. */
  readonly retryMs: number;
  readonly onAdopted: (name: string, adopted: Adopted) => void;
}

const MAX_RETRY_MS = 30_000;
/** How long a layer may take that is not here. */
const TRY_MS = 10_000;

/**
 * Serves again what earlier processes left. What cannot be served any more is given up. What waits for a registry is
 * tried again until the signal is aborted, and what a later version of this program left stays as it is: containers
 * wait meanwhile, which they do not notice otherwise. The log says so of each.
 *
 * @returns `first`: every one was tried once; `all`: none is to be tried any more. Neither rejects but for the signal.
 */
export function adoptMounts(
  deps: AdoptMountsDeps,
  connections: readonly KeptConnection[],
  options: AdoptMountsOptions,
): { readonly first: Promise<unknown>; readonly all: Promise<unknown> } {
  const { logger } = deps;
  const { signal } = options;

  /** @returns what to try again, if anything */
  async function tryConnection({ name, state: text }: KeptConnection): Promise<KeptState | undefined> {
    const state = parseKeptState(text);
    if (state === 'newer') return await leaveToNewer(deps, name);
    try {
      if (!state) throw new Error('what was kept of it cannot be read');
      options.onAdopted(name, await adoptKnown(deps, { name, state, signal }));
    } catch (err) {
      signal.throwIfAborted();
      const fields = { err, mountpoint: state?.mountpoint, layer: state?.source.layerDigest };
      if (state && isPassing(err, state)) {
        logger.error(fields, 'a mount cannot be served yet: containers that read from it wait');
        return state;
      }
      logger.error(fields, 'a mount cannot be served any more: restart the containers that use the layer');
      await deps.forget(name);
    }
    return undefined;
  }

  async function tryAgain(name: string, state: KeptState): Promise<void> {
    for (let waitMs = options.retryMs; ; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      await delay(waitMs, undefined, { signal });
      try {
        options.onAdopted(name, await adoptKnown(deps, { name, state, signal }));
        logger.info({ mountpoint: state.mountpoint }, 'a mount is served again');
        return;
      } catch (err) {
        signal.throwIfAborted();
        logger.debug({ err, mountpoint: state.mountpoint }, 'a mount cannot be served yet');
      }
    }
  }

  const tries = connections.map(async (connection) => ({
    name: connection.name,
    state: await tryConnection(connection),
  }));
  const all = tries.map(async (trying) => {
    const { name, state } = await trying;
    if (state) await tryAgain(name, state);
  });
  return { first: Promise.all(tries), all: Promise.all(all).catch(() => undefined) };
}

async function adoptKnown(
  { keeper, adopt, pool, sourceOf }: AdoptMountsDeps,
  { name, state, signal }: { name: string; state: KeptState; signal: AbortSignal },
): Promise<Adopted> {
  const { source, mountpoint, handover, device } = state;
  // Nothing can be mounted before all were tried: one must not hold up the others for long.
  const lease = await pool.acquire(source, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
  });
  try {
    signal.throwIfAborted();
    const taken = await keeper.take(name);
    const mount = await adopt({ device: taken, state: handover }, sourceOf(lease, mountpoint));
    return { mount, lease, source, mountpoint, isInPlace: deviceAt(mountpoint) === device };
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

/** Whether it is because of the registry that a layer cannot be had. */
function isPassing(error: unknown, { source }: KeptState): boolean {
  if (error instanceof DOMException && error.name === 'TimeoutError') return true;
  const { reason } = toNotLazyError(error, source.layerDigest);
  return reason === 'registry-unavailable' || reason === 'unauthorized';
}

/** Its containers go on when that version is started again; until then, what they do not wait for works. */
async function leaveToNewer({ keeper, forget, logger }: AdoptMountsDeps, name: string): Promise<undefined> {
  try {
    const device = await keeper.take(name);
    const isOver = isConnectionOver(device);
    closeDescriptor(device);
    if (isOver) return void (await forget(name));
  } catch (err) {
    logger.debug({ err, name }, 'a mount of a newer version cannot be looked at');
  }
  logger.error(
    { name },
    'a mount was kept by a newer version of this program, and its readers wait: start that version again, or restart the containers that use it',
  );
  return undefined;
}
