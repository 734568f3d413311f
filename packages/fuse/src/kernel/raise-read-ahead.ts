import { readFile, stat, writeFile } from 'node:fs/promises';
import { splitDevice } from '@sluice/linux';

const READ_AHEAD_KIB = 1024;

/**
 * Lets the kernel read ahead 1 MiB at a mount, the longest read of the protocol, instead of 128 KiB.
 * Best effort: without /sys, or in a container that may not write to it, reads are only smaller.
 */
export async function raiseReadAhead(mountpoint: string): Promise<void> {
  const { dev } = await stat(mountpoint);
  const { major, minor } = splitDevice(dev);
  const file = `/sys/class/bdi/${major}:${minor}/read_ahead_kb`;
  if (Number(await readFile(file, 'utf8')) >= READ_AHEAD_KIB) return;
  await writeFile(file, String(READ_AHEAD_KIB));
}
