import type { FuseSource } from '../fuse-driver.ts';
import type { FuseLogger } from '../fuse-logger.ts';

/** The reads of one mount that wait for bytes. */
export interface Fills {
  begin(missing: {
    readonly read: number;
    readonly content: number;
    readonly offset: number;
    readonly length: number;
    readonly again: boolean;
  }): void;
  /** The reader is gone. */
  abandon(read: number): void;
  abandonAll(): void;
}

export interface FillsDeps {
  readonly fill: FuseSource['fill'];
  readonly logger: FuseLogger;
  /** Is not called for a read that was abandoned. @param bytes what was asked for, where it is not on the disk */
  done(read: number, ok: boolean, bytes?: Uint8Array): void;
}

export function createFills({ fill, done, logger }: FillsDeps, mountpoint: string): Fills {
  const waiting = new Map<number, AbortController>();

  async function run(read: number, attempt: () => ReturnType<FuseSource['fill']>): Promise<void> {
    const result = await attempt().then(
      (bytes) => ({ ok: true, bytes }),
      (err) => {
        if (waiting.has(read)) logger.error({ err, mountpoint }, 'a read failed: its bytes cannot be had');
        return { ok: false, bytes: undefined };
      },
    );
    if (waiting.delete(read)) done(read, result.ok, result.bytes);
  }

  function abandon(read: number): void {
    const controller = waiting.get(read);
    waiting.delete(read);
    controller?.abort();
  }

  return {
    begin({ read, content, offset, length, again }) {
      const controller = new AbortController();
      waiting.set(read, controller);
      void run(read, async () => fill(content, offset, length, { signal: controller.signal, again }));
    },
    abandon,
    abandonAll() {
      for (const read of [...waiting.keys()]) abandon(read);
    },
  };
}
