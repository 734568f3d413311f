import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { MetaStoreError } from './meta-store-error.ts';

/** Resolves when the file's content is on the disk. */
export type FlushFile = (file: number) => Promise<void>;

/**
 * Makes commits durable, off the main thread.
 *
 * SQLite in WAL mode with `synchronous = NORMAL` writes a commit to the end of the log file and does not flush it:
 * it survives kill -9, but not power loss (https://www.sqlite.org/pragma.html#pragma_synchronous). The log is
 * replayed up to its last whole transaction, so what one flush covers is durable together with all that came before.
 * A checkpoint flushes by itself.
 *
 * ```
 *   commits     a b      c d e            f
 *   flushes        [-----)    [-----)       [-----)
 *   durable              a b        c d e         f
 * ```
 */
export class WalFlusher {
  private readonly path: string;
  private readonly file: number;
  private readonly flushFile: FlushFile;
  private flushing: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private failure: MetaStoreError | undefined;

  /** @param path of the log, which exists and stays until the database is closed */
  constructor(path: string, flushFile: FlushFile = promisify(fdatasync)) {
    this.path = path;
    this.flushFile = flushFile;
    this.file = openSync(path, 'r');
    flushDirectory(dirname(path));
  }

  /**
   * Resolves when everything that is committed now is durable. Callers that come while a flush is under way share
   * the next one.
   *
   * @throws MetaStoreError IO: what the disk holds is unknown from then on, so every later call fails as well
   */
  flush(): Promise<void> {
    this.next ??= this.flushAfter(this.flushing);
    return this.next;
  }

  /** @throws MetaStoreError IO if a flush has failed */
  refuseAfterFailure(): void {
    if (this.failure) throw this.failure;
  }

  /**
   * To be called when the database is closed. The log may be gone from its directory then, because all is in the
   * database; those who wait are served all the same.
   */
  close(): void {
    void (this.next ?? this.flushing ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => closeSync(this.file));
  }

  private async flushAfter(earlier: Promise<void> | undefined): Promise<void> {
    await earlier?.catch(() => undefined);
    this.flushing = this.next;
    this.next = undefined;
    this.refuseAfterFailure();
    await this.flushNow();
  }

  private async flushNow(): Promise<void> {
    try {
      await this.flushFile(this.file);
    } catch (cause) {
      this.failure = new MetaStoreError('IO', `cannot flush ${this.path} to the disk: check it and restart`, {
        cause,
      });
      throw this.failure;
    }
  }
}

/** A new file is durable only with its name. */
function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
