import { Errno } from '@sluice/linux';
import { type ContentFiles, MISSING } from '../content-files.ts';
import type { FuseSource } from '../fuse-driver.ts';
import type { FuseLogger } from '../fuse-logger.ts';
import { createFills } from '../kernel/fills.ts';

/** Reads of contents that may have to wait for their bytes. */
export interface WaitingReads {
  /** @param done gets the number of bytes, or a negated errno; not called after `abandonAll` */
  read(wanted: WantedBytes, done: (result: number) => void): void;
  /** Nobody waits any more. */
  abandonAll(): void;
}

export interface WantedBytes {
  readonly content: number;
  readonly offset: number;
  readonly length: number;
  readonly into: Uint8Array;
}

export interface WaitingReadsDeps {
  readonly files: ContentFiles;
  readonly fill: FuseSource['fill'];
  readonly logger: FuseLogger;
  /** Called for each read that waits. */
  onMiss(): void;
}

/** A fill after which nothing is found is tried once more, saying so; then something is broken. */
const MAX_ATTEMPTS = 2;

export function createWaitingReads(deps: WaitingReadsDeps, mountpoint: string): WaitingReads {
  const resume = new Map<number, (ok: boolean, bytes?: Uint8Array) => void>();
  let last = 0;
  const fills = createFills(
    {
      fill: deps.fill,
      logger: deps.logger,
      done(read, ok, bytes) {
        const go = resume.get(read);
        resume.delete(read);
        go?.(ok, bytes);
      },
    },
    mountpoint,
  );

  function attempt(wanted: WantedBytes, done: (result: number) => void, attempts: number): void {
    const result = deps.files.read(wanted.content, wanted, wanted.into);
    if (result >= 0) {
      done(result);
      return;
    }
    // A file that fails may have been replaced: look again, then fetch again.
    deps.files.drop(wanted.content);
    if (attempts >= MAX_ATTEMPTS) {
      done(-Errno.EIO);
      return;
    }
    if (result === MISSING) deps.onMiss();
    const read = ++last;
    resume.set(read, (ok, bytes) => {
      if (!ok) done(-Errno.EIO);
      else if (bytes) done(copyTo(wanted.into, bytes));
      else attempt(wanted, done, attempts + 1);
    });
    const { content, offset, length } = wanted;
    fills.begin({ read, content, offset, length, again: attempts > 0 });
  }

  return {
    read: (wanted, done) => attempt(wanted, done, 0),
    abandonAll() {
      resume.clear();
      fills.abandonAll();
    },
  };
}

function copyTo(into: Uint8Array, bytes: Uint8Array): number {
  if (bytes.length > into.length) return -Errno.EIO;
  into.set(bytes);
  return bytes.length;
}
