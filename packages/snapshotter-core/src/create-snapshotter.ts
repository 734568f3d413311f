import { Availability } from './availability.ts';
import type { Context } from './context.ts';
import { Fallbacks } from './fallbacks.ts';
import type { Logger } from './logger.ts';
import type { ManagedSnapshotter } from './managed-snapshotter.ts';
import { cleanup } from './operations/cleanup.ts';
import { commit } from './operations/commit.ts';
import { describe } from './operations/describe.ts';
import { list } from './operations/list.ts';
import { mounts } from './operations/mounts.ts';
import { prepare } from './operations/prepare.ts';
import { remove } from './operations/remove.ts';
import { restore } from './operations/restore.ts';
import { stat } from './operations/stat.ts';
import { summarize } from './operations/summarize.ts';
import { update } from './operations/update.ts';
import { usage } from './operations/usage.ts';
import type { Clock } from './ports/clock.ts';
import type { FileSystem } from './ports/file-system.ts';
import type { LayerDirs } from './ports/layer-dirs.ts';
import type { MetaStore } from './ports/meta-store.ts';
import { Removals } from './removals.ts';
import { SnapshotterError } from './snapshotter-error.ts';
import type { SnapshotterMetrics } from './snapshotter-metrics.ts';
import { CallsUnderWay } from './work/calls-under-way.ts';

export interface SnapshotterDeps {
  readonly meta: MetaStore;
  readonly dirs: LayerDirs;
  /** Without it, this is an ordinary snapshotter. */
  readonly fileSystem?: FileSystem | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: SnapshotterMetrics | undefined;
}

export interface SnapshotterOptions {
  /**
   * Whether `remove` answers before the directory is freed, and leaves that to the background and to `cleanup`.
   * Default true.
   */
  readonly asyncRemove?: boolean | undefined;
  /**
   * Whether `stat`, `list` and `update` add `UPPERDIR_LABEL`, which is not stored and which filters do not see.
   * Default false.
   */
  readonly upperdirLabel?: boolean | undefined;
}

/**
 * Joins the ports to a snapshotter. The ports stay the caller's: closing the snapshotter closes none of them, and
 * leaves layers mounted.
 */
export function createSnapshotter(
  deps: SnapshotterDeps,
  options: SnapshotterOptions = {},
): ManagedSnapshotter {
  const closing = new AbortController();
  const context = createContext(deps, options, closing.signal);
  const calls = new CallsUnderWay(closing.signal);
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new SnapshotterError('UNAVAILABLE', 'the snapshotter is stopping: try again later'));
    await calls.idle();
    await context.removals.drain();
  };
  return {
    stat: (name, o) => calls.run(() => stat(context, name), o),
    update: (name, labels, paths, o) => calls.run(() => update(context, name, { labels, paths }), o),
    usage: (name, o) => calls.run(() => usage(context, name, o), o),
    mounts: (key, o) => calls.run(() => mounts(context, key, o), o),
    prepare: (name, parent, labels, o) =>
      calls.run(() => prepare(context, { name, parent, labels, kind: 'active' }, o), o),
    view: (name, parent, labels, o) =>
      calls.run(() => prepare(context, { name, parent, labels, kind: 'view' }, o), o),
    commit: (name, key, labels, o) =>
      calls.run(() => commit(context, { name, key, labels, parent: o?.parent }, o), o),
    remove: (name, o) => calls.run(() => remove(context, name), o),
    list: (filters, o) => list(context, filters, o),
    cleanup: (o) => calls.run(() => cleanup(context, o), o),
    restore: (o) => calls.run(() => restore(context, o), o),
    describe: (o) => describe(context, o),
    summarize: (o) => calls.run(() => summarize(context, o), o),
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

function createContext(deps: SnapshotterDeps, options: SnapshotterOptions, closing: AbortSignal): Context {
  const { meta, dirs, fileSystem, clock, logger, metrics } = deps;
  return {
    meta,
    dirs,
    fileSystem,
    clock,
    logger,
    metrics,
    asyncRemove: options.asyncRemove ?? true,
    upperdirLabel: options.upperdirLabel ?? false,
    infos: new WeakMap(),
    removals: new Removals({ dirs, fileSystem, logger }),
    availability: new Availability(logger),
    fallbacks: new Fallbacks(),
    flights: new Map(),
    closing,
  };
}
