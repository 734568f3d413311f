import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, ioctl, unmount } from '@sluice/linux';

/** A small ext4 of its own, on a loop device. Needs root and mkfs.ext4. Disposing it removes everything. */
export interface LoopDisk extends Disposable {
  /** Where it is mounted. */
  readonly root: string;
  /** A directory that is not on it. */
  readonly elsewhere: string;
  /** Leaves not a single block free. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  /** From now on it fails, and what was not flushed is lost, as in a power loss. */
  cutPower(): void;
  /** Unmounts it, with what is mounted on it, and mounts it again. Nobody may have files open. */
  remount(options?: string): void;
}

/** _IOR('X', 125, __u32). Source: Linux fs/ext4/ext4.h. */
const EXT4_IOC_SHUTDOWN = 0x8004587d;
/** EXT4_GOING_FLAGS_NOLOGFLUSH: forget what is not in the journal on the disk. */
const NO_LOG_FLUSH = 2;

export function createLoopDisk(sizeMb: number): LoopDisk {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
  const [image, root, elsewhere] = ['image', 'root', 'elsewhere'].map((name) => join(scratch, name));
  mkdirSync(root!);
  mkdirSync(elsewhere!);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image!, `${sizeMb}M`]);
  const attach = (options = '') => execFileSync('mount', ['-o', `loop${options}`, image!, root!]);
  const detach = () => {
    for (const { mountPoint } of findMounts({ below: root! }).reverse()) unmount(mountPoint);
  };
  attach();
  const filler = join(root!, 'filler');
  return {
    root: root!,
    elsewhere: elsewhere!,
    fill: () => fillWith(filler),
    free: () => unlinkSync(filler),
    cutPower() {
      const file = openSync(root!, 'r');
      try {
        ioctl(file, EXT4_IOC_SHUTDOWN, new Uint8Array(new Uint32Array([NO_LOG_FLUSH]).buffer));
      } finally {
        closeSync(file);
      }
    },
    remount(options = '') {
      detach();
      attach(options);
    },
    [Symbol.dispose]() {
      detach();
      rmSync(scratch, { recursive: true });
    },
  };
}

function fillWith(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [1 << 20, 4096]) writeUntilFull(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, block: Uint8Array): void {
  for (;;) {
    try {
      if (writeSync(file, block) < block.length) return;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}
