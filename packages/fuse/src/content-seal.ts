/**
 * A complete content's file is sealed: the microseconds of its time of modification (mtime) follow from the content's
 * name. Whoever writes to the file, cuts it or puts another in its place breaks the seal, whatever the program, and
 * finding that out takes no more than fstat(2). One change in a million goes unnoticed; damage done by the disk does, too.
 *
 * @param name 32 bytes: the digest that names the content
 * @param salt with another one no file of before is sealed any more
 * @returns microseconds, from 0 to 999999
 */
export function sealOf(name: Uint8Array, salt: number): number {
  const word = name[28]! * 0x1000000 + name[29]! * 0x10000 + name[30]! * 0x100 + name[31]!;
  return ((word ^ salt) >>> 0) % microseconds;
}

/** @param mtimeMs as Stats.mtimeMs has it */
export function isSealed(mtimeMs: number, name: Uint8Array, salt: number): boolean {
  return Math.round((mtimeMs % 1000) * 1000) % microseconds === sealOf(name, salt);
}

const microseconds = 1_000_000;
