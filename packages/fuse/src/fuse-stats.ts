import type { PassthroughState } from './passthrough-state.ts';

/** What a mount has been asked for since it was made. */
export interface FuseStats {
  readonly requests: number;
  readonly lookups: number;
  readonly directoryReads: number;
  readonly reads: number;
  readonly readBytes: number;
  /** Reads that waited for bytes to be brought. */
  readonly misses: number;
  /** Replies that the kernel no longer wanted, and local reads that failed. */
  readonly errors: number;
  /** Opens that the server was told of: without passthrough the kernel opens files by itself. */
  readonly opens: number;
  /** Opens after which the kernel reads by itself: those reads are not counted in `reads`. */
  readonly passthroughOpens: number;
  readonly passthrough: PassthroughState;
}
