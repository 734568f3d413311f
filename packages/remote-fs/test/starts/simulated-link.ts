import { setTimeout as delay } from 'node:timers/promises';
import type { BlobReader, BlobReadOptions } from '@sluice/layer';

export interface LinkOptions {
  /** From a request to the first byte of its answer. */
  readonly roundTripMs: number;
  /** Shared evenly by the answers that are under way. */
  readonly bytesPerSecond: number;
  /** Requests that are under way at one time; others wait. */
  readonly connections: number;
}

/** A blob behind a link: takes as long as it would there, and counts what goes over it. */
export interface SimulatedLink extends BlobReader {
  readonly requests: number;
  /** Bytes that came, of requests that were aborted too. */
  readonly bytes: number;
}

interface Transfer {
  readonly length: number;
  filled: number;
  arrived(filled: number): void;
}

const quantumBytes = 16 * 1024;

export function createSimulatedLink(blob: BlobReader, options: LinkOptions): SimulatedLink {
  const counts = { requests: 0, bytes: 0 };
  const transfers: Transfer[] = [];
  let running = false;
  let open = 0;
  const queue: (() => void)[] = [];

  /** Serves the transfers in turn. Late timers are made up for by sending more at once. */
  const run = async () => {
    if (running) return;
    running = true;
    let sentUntil = performance.now();
    while (transfers.length > 0) {
      const now = performance.now();
      if (sentUntil > now) await delay(sentUntil - now);
      const transfer = transfers.shift();
      if (!transfer) break;
      const step = Math.min(quantumBytes, transfer.length - transfer.filled);
      sentUntil += (step / options.bytesPerSecond) * 1000;
      counts.bytes += step;
      transfer.filled += step;
      if (transfer.filled < transfer.length) transfers.push(transfer);
      transfer.arrived(transfer.filled);
    }
    running = false;
  };

  const connect = async () => {
    if (open >= options.connections) await new Promise<void>((resolve) => queue.push(resolve));
    open++;
    return {
      [Symbol.dispose]() {
        open--;
        queue.shift()?.();
      },
    };
  };

  const transfer = (bytes: Uint8Array, { signal, onBytes }: BlobReadOptions) =>
    new Promise<void>((resolve, reject) => {
      const own: Transfer = {
        length: bytes.length,
        filled: 0,
        arrived(filled) {
          onBytes?.(bytes, filled);
          if (filled < bytes.length) return;
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = () => {
        if (transfers.includes(own)) transfers.splice(transfers.indexOf(own), 1);
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      transfers.push(own);
      void run();
    });

  return {
    size: blob.size,
    get requests() {
      return counts.requests;
    },
    get bytes() {
      return counts.bytes;
    },
    async read(offset, length, call = {}) {
      using _connection = await connect();
      call.signal?.throwIfAborted();
      counts.requests++;
      await delay(options.roundTripMs, undefined, call.signal ? { signal: call.signal } : {});
      const bytes = Uint8Array.from(await blob.read(offset, length));
      await transfer(bytes, call);
      await call.verify?.(bytes);
      return bytes;
    },
  };
}
