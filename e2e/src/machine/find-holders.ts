import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A process that keeps connections of FUSE mounts open for a sluiced. */
export interface HolderProcess {
  readonly pid: number;
  /** How many it has. */
  readonly held: number;
}

/** Those of the sluiced on a socket. There should be one, or none. */
export function findHolders(sluiceAddress: string): HolderProcess[] {
  const socket = join(dirname(sluiceAddress), 'holder.sock');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => ofProcess(pid, argumentsOf)?.includes(socket))
    .map((pid) => ({ pid: Number(pid), held: ofProcess(pid, countFuse) ?? 0 }));
}

function argumentsOf(directory: string): string[] {
  return readFileSync(join(directory, 'cmdline'), 'utf8').split('\0');
}

function countFuse(directory: string): number {
  const descriptors = join(directory, 'fd');
  const files = readdirSync(descriptors).map((name) => readlinkSync(join(descriptors, name)));
  return files.filter((file) => file === '/dev/fuse').length;
}

/** Undefined if it has ended meanwhile. */
function ofProcess<T>(pid: string, read: (directory: string) => T): T | undefined {
  try {
    return read(join('/proc', pid));
  } catch {
    return undefined;
  }
}
