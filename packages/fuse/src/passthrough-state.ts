/**
 * Whether the kernel reads complete files by itself, without asking the server (FUSE passthrough):
 *
 * - `on`: it does.
 * - `off`: the driver's option says no, or the mount has no file that is large enough to gain by it.
 * - `not-offered`: the kernel does not have it (it came with Linux 6.9).
 * - `refused`: the kernel has it and refused to take a file: the contents lie on overlayfs or another stacked file
 *   system, or the process lacks CAP_SYS_ADMIN. Files are served by the server then.
 */
export type PassthroughState = 'on' | 'off' | 'not-offered' | 'refused';

/** In the order of their numbers in a mount's counters. */
export const passthroughStates: readonly PassthroughState[] = ['off', 'on', 'not-offered', 'refused'];
