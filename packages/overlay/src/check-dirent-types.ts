import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DirentType, listDirents } from '@sluice/linux';
import { unsuitable } from './check-root.ts';

/**
 * Refuses file systems that do not store the type of an entry in its directory ("d_type"): overlayfs takes
 * every whiteout there for a file that is present.
 *
 * @param root for the message
 * @param probeDir a directory on the same file system; a file is left in it
 * @throws OverlayError UNSUITABLE_ROOT
 */
export function checkDirentTypes(root: string, probeDir: string): void {
  writeFileSync(join(probeDir, 'typed'), '');
  if (listDirents(probeDir).every(({ type }) => type !== DirentType.UNKNOWN)) return;
  throw unsuitable(
    root,
    'its file system does not store types in directories (d_type). Make an XFS anew with ' +
      '`mkfs.xfs -n ftype=1`, an ext4 with the feature filetype; or choose another file system',
  );
}
