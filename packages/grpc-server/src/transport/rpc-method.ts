import type { GrpcStatus } from '../service/grpc-status.ts';

/**
 * A method of a service as a transport knows it: bytes come, bytes go. It knows neither what the messages mean nor what
 * carries them.
 */
export interface RpcMethod {
  /** '/containerd.services.snapshots.v1.Snapshots/Stat'. */
  readonly path: string;
  /** Whether any number of messages answers a request; else just one, or none where the call fails. */
  readonly isStreaming: boolean;
  /**
   * Answers one call. Never rejects. What it sends or resolves with after the signal was aborted reaches nobody.
   *
   * @param request one message, uncompressed; only valid until this returns
   * @returns how the call ended
   */
  call(request: Uint8Array, exchange: Exchange): Promise<GrpcStatus>;
}

/** One call, as the side that answers it sees it. */
export interface Exchange {
  /** Aborted, with a SnapshotterError CANCELLED, when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /**
   * Sends a message, which becomes the transport's.
   *
   * @returns undefined if the next one may follow at once; else what resolves when the client has read enough, or is
   *   gone
   */
  send(message: Uint8Array): Promise<void> | undefined;
}
