import { describeError } from './describe-error.ts';
import type { Logger } from './logger.ts';
import type { FileSystem } from './ports/file-system.ts';
import type { LayerDirs } from './ports/layer-dirs.ts';

/** More would only compete with containers for the disk. */
const CONCURRENCY = 2;

interface Job extends PromiseWithResolvers<boolean> {
  readonly idle: Promise<void> | undefined;
}

/**
 * Frees the directories of removed snapshots, in the background. What fails stays on disk, is logged, and is
 * tried again by the next sweep: it has an id that no snapshot has.
 */
export class Removals {
  private readonly deps: { dirs: LayerDirs; fileSystem: FileSystem | undefined; logger: Logger };
  private readonly waiting: number[] = [];
  private readonly jobs = new Map<number, Job>();
  private running = 0;

  constructor(deps: { dirs: LayerDirs; fileSystem: FileSystem | undefined; logger: Logger }) {
    this.deps = deps;
  }

  get pending(): number {
    return this.jobs.size;
  }

  /**
   * Resolves when the directory is gone (true), or could not be removed (false); never rejects.
   *
   * @param idle when nobody makes or mounts anything there any more; never rejects
   */
  remove(id: number, idle?: Promise<void>): Promise<boolean> {
    const queued = this.jobs.get(id);
    if (queued) return queued.promise;
    const job = { ...Promise.withResolvers<boolean>(), idle };
    this.jobs.set(id, job);
    this.waiting.push(id);
    void this.work();
    return job.promise;
  }

  /** Resolves when nothing that was asked for until now is left to do. */
  async drain(): Promise<void> {
    await Promise.all([...this.jobs.values()].map((job) => job.promise));
  }

  private async work(): Promise<void> {
    if (this.running >= CONCURRENCY) return;
    this.running++;
    for (let id = this.waiting.shift(); id !== undefined; id = this.waiting.shift()) {
      const job = this.jobs.get(id);
      await job?.idle;
      const removed = await this.removeNow(id);
      job?.resolve(removed);
      this.jobs.delete(id);
    }
    this.running--;
  }

  private async removeNow(id: number): Promise<boolean> {
    const { dirs, fileSystem, logger } = this.deps;
    try {
      // Also of ordinary snapshots: a crash may have left a mount that was never recorded.
      await fileSystem?.unmount(dirs.contentPath(id));
      await dirs.remove(id);
      return true;
    } catch (err) {
      logger.warn(
        { id, err, problem: describeError(err) },
        'cannot free the directory of a removed snapshot',
      );
      return false;
    }
  }
}
