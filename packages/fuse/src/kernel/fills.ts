import type { FuseSource } from '../fuse-driver.ts';
import type { FuseLogger } from '../fuse-logger.ts';

/** The reads of one mount that wait for bytes. */
export interface Fills {
  begin(missing: {
    readonly read: number;
    readonly content: number;
    readonly offset: number;
    readonly length: number;
  }): void;
  /** The reader is gone. */
  abandon(read: number): void;
  abandonAll(): void;
}

export interface FillsDeps {
  readonly fill: FuseSource['fill'];
  readonly logger: FuseLogger;
  /** Is not called for a read that was abandoned. */
  done(read: number, ok: boolean): void;
}

export function createFills({ fill, done, logger }: FillsDeps, mountpoint: string): Fills {
  const waiting = new Map<number, AbortController>();

  async function run(read: number, attempt: () => Promise<void>): Promise<void> {
    const ok = await attempt().then(
      () => true,
      (err) => {
        if (waiting.has(read)) logger.error({ err, mountpoint }, 'a read failed: its bytes cannot be had');
        return false;
      },
    );
    if (waiting.delete(read)) done(read, ok);
  }

  function abandon(read: number): void {
    const controller = waiting.get(read);
    waiting.delete(read);
    controller?.abort();
  }

  return {
    begin({ read, content, offset, length }) {
      const controller = new AbortController();
      waiting.set(read, controller);
      void run(read, async () => fill(content, offset, length, { signal: controller.signal }));
    },
    abandon,
    abandonAll() {
      for (const read of [...waiting.keys()]) abandon(read);
    },
  };
}
