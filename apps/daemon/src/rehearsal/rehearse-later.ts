import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@sluice/snapshotter-core';

export interface RehearsalPlan {
  readonly logger: Logger;
  /** The daemon's root directory. */
  readonly root: string;
  /** Begin no sooner than a moment after it has settled. */
  readonly after: Promise<unknown>;
  /** Whether layers are mounted then: their containers come first, and it would take memory. */
  readonly isInUse: () => boolean;
  /** Default 10 seconds. */
  readonly pauseMs?: number;
}

/**
 * A daemon that is started has other things to do at first. Clients that come then on a machine that is busy, as it is
 * after its boot, would wait for pieces of the rehearsal too long for their handshake.
 */
const PAUSE_MS = 10_000;

/** Rehearses a pull when a daemon has started that has nothing to serve yet, in the background. Disposing it ends that, and waits for the end. */
export function rehearseLater({
  logger,
  root,
  after,
  isInUse,
  pauseMs = PAUSE_MS,
}: RehearsalPlan): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const directory = join(root, 'rehearsal');
  const run = async () => {
    await after;
    await delay(pauseMs, undefined, { signal, ref: false });
    // One that was killed has left it.
    await rm(directory, { recursive: true, force: true });
    if (isInUse()) return;
    const { rehearsePull } = await import('./rehearse-pull.ts');
    await rehearsePull({ logger }, { directory, signal });
  };
  const done = run().catch((err: unknown) => {
    if (!signal.aborted) logger.debug({ err }, 'a pull could not be rehearsed');
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the daemon is stopping'));
      await done;
    },
  };
}
