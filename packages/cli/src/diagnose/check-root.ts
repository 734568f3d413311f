import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatBytes } from '../format/format-bytes.ts';
import type { Check } from './check.ts';

/** Magic numbers of statfs(2) (linux/magic.h): what can be the upper layer of an overlay, and what cannot. */
const fileSystems: ReadonlyMap<number, { readonly name: string; readonly isFit: boolean }> = new Map([
  [0xef53, { name: 'ext4', isFit: true }],
  [0x58465342, { name: 'XFS', isFit: true }],
  [0x9123683e, { name: 'btrfs', isFit: true }],
  [0x01021994, { name: 'tmpfs', isFit: true }],
  [0xf2f52010, { name: 'F2FS', isFit: true }],
  [0x794c7630, { name: 'overlayfs', isFit: false }],
  [0x6969, { name: 'NFS', isFit: false }],
  [0xff534d42, { name: 'CIFS', isFit: false }],
  [0xfe534d42, { name: 'SMB', isFit: false }],
  [0x4d44, { name: 'FAT', isFit: false }],
  [0x65735546, { name: 'FUSE', isFit: false }],
  [0x01021997, { name: '9p', isFit: false }],
]);

/** Less, and the next pull may fill it. */
const LITTLE_BYTES = 1_000_000_000;

/**
 * Whether layers can be kept below a directory, and how many. Looks at the file system that it is on or, where it does
 * not exist yet, will be on; the daemon tries it in earnest when it starts.
 */
export function checkRoot(root: string): readonly Check[] {
  let path = root;
  while (!existsSync(path)) path = dirname(path);
  const { type, bavail, bsize, ffree, files } = statfsSync(path);
  const known = fileSystems.get(type >>> 0);
  return [
    {
      name: 'root',
      state: known ? (known.isFit ? 'ok' : 'bad') : 'unknown',
      detail: `${root} on ${known?.name ?? `a file system that is not known here (0x${(type >>> 0).toString(16)})`}`,
      ...(known?.isFit === false && {
        mend: 'choose a --root for sluiced on ext4, XFS or btrfs (in a container: a volume)',
      }),
    },
    bavail * bsize < LITTLE_BYTES
      ? { name: 'space', state: 'bad', detail: free(bavail * bsize), mend: 'free some, or move the root' }
      : { name: 'space', state: 'ok', detail: free(bavail * bsize) },
    // Some file systems make inodes as they need them, and say 0.
    files > 0 && ffree < files / 100
      ? {
          name: 'inodes',
          state: 'bad',
          detail: `${ffree} of ${files} free`,
          mend: 'remove files, or move the root',
        }
      : { name: 'inodes', state: 'ok', detail: files > 0 ? `${ffree} of ${files} free` : 'without a limit' },
  ];
}

function free(sizeBytes: number): string {
  return `${formatBytes(sizeBytes)} free`;
}
