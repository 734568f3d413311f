import {
  type ContentFiles,
  createContentFiles,
  createTreeFileSystem,
  type FuseMount,
  type FuseSource,
  type FuseStats,
  MISSING,
  type TreeFileSystem,
} from '@sluice/fuse';
import { Errno } from '@sluice/linux';
import { errorOf } from './error-of.ts';

/** A mount that nobody but memory clients can see, with what they need of it. */
export interface MemoryMount extends FuseMount {
  readonly fs: TreeFileSystem;
  /** Bytes of a regular file; waits for a fill where it has to. Throws as a client sees it: EIO, EISDIR, EINTR. */
  read(inode: number, range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
  /** Counts one more open file. @returns what counts it as closed */
  hold(): () => void;
}

interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A fill after which nothing is found is tried once more, saying so; then something is broken. */
const MAX_ATTEMPTS = 2;

/**
 * @param onUnmount takes the mount away from its place; open files go on being served
 * @throws FuseError BAD_SOURCE
 */
export function createMemoryMount(
  mountpoint: string,
  source: FuseSource,
  onUnmount: () => void,
): MemoryMount {
  const fs = createTreeFileSystem(source.tree);
  const files = createContentFiles(source.content);
  const counts = { requests: 0, lookups: 0, directoryReads: 0, reads: 0, readBytes: 0, misses: 0, errors: 0 };
  const closed = Promise.withResolvers<void>();
  let isTaken = false;
  let opens = 0;

  function endIfUnused(): void {
    if (!isTaken || opens > 0) return;
    files[Symbol.dispose]();
    closed.resolve();
  }

  async function read(inode: number, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    counts.requests++;
    counts.reads++;
    const content = fs.contentOf(inode);
    if (content === -1) return new Uint8Array();
    if (content < 0) throw errorOf(content, `read of inode ${inode}`);
    const into = new Uint8Array(range.length);
    const onMiss = () => counts.misses++;
    const done = await readContent({ files, source, onMiss }, { content, range, into }, signal);
    counts.readBytes += done;
    return into.subarray(0, done);
  }

  async function unmount(): Promise<void> {
    if (!isTaken) onUnmount();
    isTaken = true;
    endIfUnused();
  }

  return {
    mountpoint,
    fs,
    read,
    hold() {
      opens++;
      return () => {
        opens--;
        endIfUnused();
      };
    },
    closed: closed.promise,
    handover: undefined,
    stats: (): FuseStats => ({ ...counts, opens, passthroughOpens: 0, passthrough: 'off' }),
    unmount,
    [Symbol.asyncDispose]: unmount,
  };
}

interface ReadDeps {
  readonly files: ContentFiles;
  readonly source: FuseSource;
  onMiss(): void;
}

interface Wanted {
  readonly content: number;
  readonly range: ByteRange;
  readonly into: Uint8Array;
}

/** @returns how many bytes were read */
async function readContent(deps: ReadDeps, wanted: Wanted, signal: AbortSignal): Promise<number> {
  const { content, range, into } = wanted;
  for (let attempt = 0; ; attempt++) {
    const result = deps.files.read(content, range, into);
    if (result >= 0) return result;
    deps.files.drop(content);
    if (attempt === MAX_ATTEMPTS) throw errorOf(-Errno.EIO, `content ${content}`);
    if (result === MISSING) deps.onMiss();
    const bytes = await fill(deps.source, { ...wanted, again: attempt > 0 }, signal);
    if (!bytes) continue;
    into.set(bytes);
    return bytes.length;
  }
}

/** A reader that is gone does not wait for a fill that takes no notice of it. */
async function fill(
  { fill: begin }: FuseSource,
  wanted: Wanted & { readonly again: boolean },
  signal: AbortSignal,
): ReturnType<FuseSource['fill']> {
  const { content, range, again } = wanted;
  const interrupted = Promise.withResolvers<never>();
  const onAbort = () => interrupted.reject(errorOf(-Errno.EINTR, `content ${content}`));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const filled = begin(content, range.offset, range.length, { signal, again });
    return await Promise.race([filled, interrupted.promise]);
  } catch (cause) {
    throw signal.aborted ? cause : errorOf(-Errno.EIO, `content ${content}`);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
