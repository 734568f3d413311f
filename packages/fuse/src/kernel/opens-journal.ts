import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { FuseError } from '../fuse-error.ts';
import type { OpenInode } from './open-inode.ts';

/**
 * Which inodes are open and how, in a file: who adopts a mount must open them in the same way. A crash of the process
 * may leave a count too high, never too low. It need not survive the machine, so nothing is flushed to disk.
 *
 * ```
 *   at 8 * inode:   u32 opens | u32 backing id, 0 for none
 * ```
 */
export interface OpensJournal extends Disposable {
  /** The inodes that are open, as the file has them. */
  read(): Map<number, OpenInode>;
  write(inode: number, open: OpenInode): void;
}

const SLOT_BYTES = 8;
const BLOCK_SLOTS = 8192;

/**
 * @param path made if it is missing
 * @throws FuseError MOUNT_FAILED
 */
export function openOpensJournal(path: string): OpensJournal {
  const fd = openFile(path);
  const slot = new DataView(new ArrayBuffer(SLOT_BYTES));
  const slotBytes = new Uint8Array(slot.buffer);
  return {
    read() {
      const found = new Map<number, OpenInode>();
      const slots = fstatSync(fd).size / SLOT_BYTES;
      for (let first = 0; first < slots; first += BLOCK_SLOTS) readBlock(fd, first, found);
      return found;
    },
    write(inode, { opens, backing }) {
      slot.setUint32(0, opens, true);
      slot.setUint32(4, opens === 0 ? 0 : backing, true);
      writeSync(fd, slotBytes, 0, SLOT_BYTES, SLOT_BYTES * inode);
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (cause) {
    const message = `The file ${path}, which keeps what is open of a FUSE mount, cannot be opened: ${(cause as Error).message}`;
    throw new FuseError('MOUNT_FAILED', message, { cause });
  }
}

function readBlock(fd: number, first: number, found: Map<number, OpenInode>): void {
  const block = Buffer.alloc(BLOCK_SLOTS * SLOT_BYTES);
  const length = readSync(fd, block, 0, block.length, first * SLOT_BYTES);
  for (let at = 0; at + SLOT_BYTES <= length; at += SLOT_BYTES) {
    const opens = block.readUInt32LE(at);
    if (opens > 0) found.set(first + at / SLOT_BYTES, { opens, backing: block.readUInt32LE(at + 4) });
  }
}
