import koffi from 'koffi';

/**
 * The C library of this process, from which the other files take their functions.
 *
 * Only primitive types and `void *` appear in the declarations: koffi's named types are registered once a
 * thread, and anonymous ones need no registration, so this module can be loaded in any number of threads.
 * `void *` takes a Buffer or typed array and passes its address without copying; nothing checks lengths on
 * the way, so every wrapper must do that before it calls.
 */
export const libc = koffi.load(null);

/** A function of libc that takes C strings by address and returns -1 on failure. */
export type CString = Buffer | null;

/**
 * The errno of the last call that failed in this thread. Read it first thing after the call: any other call
 * may overwrite it.
 */
export function lastErrno(): number {
  return koffi.errno();
}

/** The address of a buffer's first byte, for structures that hold pointers. Valid while the buffer lives. */
export function addressOf(buffer: Uint8Array): bigint {
  return koffi.address(buffer);
}
