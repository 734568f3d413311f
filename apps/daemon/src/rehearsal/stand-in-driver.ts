import type { FuseDriver, FuseMount, FuseSource } from '@sluice/fuse';

/** Contents that are read of each mount, and how many at one time. */
const READS = 4;
const AT_ONCE = 2;

export interface StandInDriver extends FuseDriver {
  /** Resolves when all that was begun to be read is read, or was not to be had. */
  reading(): Promise<unknown>;
}

/** Mounts nothing. Instead of containers it reads some contents of what it is to mount, spread over all of them. */
export function createStandInDriver(): StandInDriver {
  const readings: Promise<void>[] = [];
  const close = async () => {};
  return {
    name: 'memory',
    reading: () => Promise.all(readings),
    async mount(mountpoint, source) {
      readings.push(...readSome(source));
      return mountAt(mountpoint);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readSome(source: FuseSource): Promise<void>[] {
  const { size } = source.content.contents;
  const step = Math.max(1, Math.floor(size.length / READS));
  const left = Array.from({ length: Math.ceil(size.length / step) }, (_, at) => at * step).values();
  const { signal } = new AbortController();
  const readNext = async () => {
    for (const content of left) await source.fill(content, 0, size[content]!, { signal });
  };
  return Array.from({ length: AT_ONCE }, () => readNext().catch(() => {}));
}

function mountAt(mountpoint: string): FuseMount {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const unmount = async () => resolve();
  return {
    mountpoint,
    closed,
    handover: undefined,
    unmount,
    stats: () => ({
      requests: 0,
      lookups: 0,
      directoryReads: 0,
      reads: 0,
      readBytes: 0,
      misses: 0,
      errors: 0,
      opens: 0,
      passthroughOpens: 0,
      passthrough: 'off',
    }),
    [Symbol.asyncDispose]: unmount,
  };
}
