import type { Negotiated } from './negotiate.ts';
import type { PortableSource } from './portable-source.ts';

/** What the main thread tells the pump. A message is followed by a signal on the pump's event descriptor. */
export type PumpCommand =
  | {
      readonly type: 'serve';
      readonly mount: number;
      /** A connection to the kernel, already mounted. From now on the pump's to close. */
      readonly device: number;
      readonly source: PortableSource;
      readonly counters: Float64Array;
      readonly passthrough: boolean;
      /** KernelDriverOptions.resend */
      readonly resend: boolean;
      /** Keeps what is open, for who adopts the mount. */
      readonly opensFile: string | undefined;
      /** What was negotiated before, if the connection was served by another one: it is in use then. */
      readonly resumed: Negotiated | undefined;
    }
  /** The answer to `missing`: the bytes are here, or cannot be had. */
  | {
      readonly type: 'filled';
      readonly mount: number;
      readonly read: number;
      readonly ok: boolean;
      /** What was asked for, where it is not on the disk. */
      readonly bytes?: Uint8Array | undefined;
    }
  /** No more requests are to be taken. Answered by `drained` when those that were taken are in the kernel's hands. */
  | { readonly type: 'drain' };

/** What the pump tells the main thread. */
export type PumpEvent = MountEvent | { readonly type: 'drained' };

/** What it tells of one mount. */
export type MountEvent =
  /** The kernel has been answered for the first time, or requests that were under way are sent again. */
  | {
      readonly type: 'ready';
      readonly mount: number;
      readonly negotiated: Negotiated;
      /** Of a connection that was served by another one. */
      readonly resent: boolean;
    }
  /** A read waits for bytes that are not here. `read` names it in `filled` and `interrupted`. */
  | {
      readonly type: 'missing';
      readonly mount: number;
      readonly read: number;
      readonly content: number;
      readonly offset: number;
      readonly length: number;
      /** It was filled before, and found nothing. */
      readonly again: boolean;
    }
  /** Nobody waits for that read any more; no `filled` is needed. */
  | { readonly type: 'interrupted'; readonly mount: number; readonly read: number }
  /** The kernel does not read the mount's contents by itself, for the reason that the errno gives. */
  | { readonly type: 'passthrough-refused'; readonly mount: number; readonly errno: number }
  /** The kernel has let go of the mount; its descriptor is closed. */
  | { readonly type: 'gone'; readonly mount: number; readonly cause?: string };

/** What the pump is started with. */
export interface PumpStart {
  readonly eventFd: number;
  /** Word 0 becomes 1 when the pump shall end. */
  readonly control: Int32Array;
}
