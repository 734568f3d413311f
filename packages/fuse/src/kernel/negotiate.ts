import { InitFlag, InitFlag2 } from '../protocol/init-flag.ts';
import { INIT_REPLY_BYTES, MAX_READ_BYTES } from '../protocol/layout.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';

const MAJOR = 7;
const MINOR = 45;
const MAX_READAHEAD_BYTES = 4 << 20;
const MAX_BACKGROUND = 64;

const wanted =
  InitFlag.ASYNC_READ |
  InitFlag.EXPORT_SUPPORT |
  InitFlag.DO_READDIRPLUS |
  InitFlag.NO_OPEN_SUPPORT |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.NO_OPENDIR_SUPPORT |
  InitFlag.INIT_EXT;

/** What came out of INIT, as far as later answers depend on it. */
export interface Negotiated {
  /** OPEN may be answered ENOSYS, once for the mount: files are then read without being opened. */
  readonly withoutOpen: boolean;
  readonly withoutOpendir: boolean;
  /** The kernel will read by itself the files that are registered with it. */
  readonly passthrough: 'on' | 'off' | 'not-offered';
}

/**
 * File systems that the kernel may stack on a mount and the contents below it: the contents lie on none, overlayfs
 * stands on the mount, and 2 is the kernel's limit. It costs every mount one level, so it is asked for only with
 * passthrough.
 */
const STACK_DEPTH = 1;

/**
 * Answers INIT; claims only what the kernel offers.
 *
 * ```
 *   fuse_init_in    u32 major minor max_readahead flags flags2 | ...
 *   fuse_init_out   u32 major minor max_readahead flags | u16 max_background congestion_threshold |
 *                   u32 max_write time_gran | u16 max_pages map_alignment | u32 flags2 max_stack_depth | ...
 * ```
 *
 * @param body the request behind its header
 * @param wantsPassthrough whether any file of the mount would gain by it
 * @returns the length of the reply's payload; undefined if the kernel speaks another major version and has to
 *   ask again
 */
export function negotiate(
  body: DataView,
  reply: ReplyWriter,
  wantsPassthrough: boolean,
): { length: number; result: Negotiated | undefined } {
  reply.zero(0, INIT_REPLY_BYTES);
  reply.u32(0, MAJOR);
  reply.u32(4, MINOR);
  if (body.getUint32(0, true) > MAJOR) return { length: INIT_REPLY_BYTES, result: undefined };
  const offered = body.getUint32(12, true);
  const offered2 = offered & InitFlag.INIT_EXT ? body.getUint32(16, true) : 0;
  const flags = offered & wanted;
  reply.u32(8, MAX_READAHEAD_BYTES);
  reply.u32(12, flags);
  reply.u16(16, MAX_BACKGROUND);
  reply.u16(18, (MAX_BACKGROUND * 3) / 4);
  // Nothing is written, but the kernel wants a page at least.
  reply.u32(20, 4096);
  reply.u32(24, 1);
  reply.u16(28, MAX_READ_BYTES / 4096);
  const passthrough = wantsPassthrough ? offered2 & InitFlag2.PASSTHROUGH : 0;
  reply.u32(32, (offered2 & InitFlag2.HAS_RESEND) | passthrough);
  if (passthrough !== 0) reply.u32(36, STACK_DEPTH);
  return {
    length: INIT_REPLY_BYTES,
    result: {
      withoutOpen: (flags & InitFlag.NO_OPEN_SUPPORT) !== 0,
      withoutOpendir: (flags & InitFlag.NO_OPENDIR_SUPPORT) !== 0,
      passthrough: passthrough !== 0 ? 'on' : wantsPassthrough ? 'not-offered' : 'off',
    },
  };
}
