import type { EndedOwner, Held } from '../holder.ts';
import type { HolderErrorCode } from '../holder-error.ts';

/*
 * A stream socket carries one JSON value a line, in both directions:
 *
 *     owner  -> holder   {"id":1,"op":"hold","name":"7","pid":812,"fd":23,"state":"..."}
 *     holder -> owner    {"id":1}
 *     owner  -> holder   {"id":2,"op":"list"}
 *     holder -> owner    {"id":2,"held":[{"name":"7","state":"...","fd":19}]}
 *
 * Descriptors themselves go by pidfd_getfd(2): the holder takes them out of process `pid`, and an owner takes them
 * out of the holder. A holder outlives upgrades of its owner, so this protocol only ever grows: unknown fields are
 * ignored, and an unknown `op` is answered with an error. Should it have to change otherwise, PROTOCOL_VERSION is raised:
 * an owner does not use a holder of another version. A version that begins with 2 has to listen elsewhere, so that a
 * holder of this one, and what it holds, stays reachable.
 */

/** What the answer to 'hello' says. */
export const PROTOCOL_VERSION = 1;

/** The longest line that either side accepts, without its newline. */
export const MAX_LINE_BYTES = 1 << 20;
export const MAX_NAME_BYTES = 255;
export const MAX_STATE_BYTES = 16 << 10;

export type Operation =
  | { readonly op: 'hello' }
  | {
      readonly op: 'hold';
      readonly name: string;
      readonly pid: number;
      readonly fd: number;
      readonly state: string;
    }
  | { readonly op: 'update'; readonly name: string; readonly state: string }
  | { readonly op: 'list'; readonly after?: string }
  | { readonly op: 'find'; readonly name: string }
  | { readonly op: 'release'; readonly name: string }
  /**
   * A sign of life of process `pid`. If no other one comes on this connection within that time, and the connection stays
   * open, the process is ended with SIGKILL; with 0 it is not.
   */
  | { readonly op: 'beat'; readonly pid: number; readonly withinMs: number }
  /** Ends the holder if it holds nothing. */
  | { readonly op: 'quit' };

export type Request = Operation & { readonly id: number };

/** `fd` is the holder's own number of it. */
export interface HeldDescriptor extends Held {
  readonly fd: number;
}

export interface Answer {
  /** Of 'hello'. */
  readonly pid?: number;
  /** Of 'hello'; 1 if it is missing. */
  readonly version?: number;
  /** Of 'hello': that a process was ended for want of signs of life. Said to the first who asks. */
  readonly ended?: EndedOwner;
  /** Of 'list': some of those behind `after`. Of 'find': one or none. */
  readonly held?: readonly HeldDescriptor[];
  /** Of 'quit': whether it ends, which closes all connections. */
  readonly quits?: boolean;
  /** Why it was not done. */
  readonly error?: { readonly code: HolderErrorCode; readonly message: string };
}

export type Response = Answer & { readonly id: number };
