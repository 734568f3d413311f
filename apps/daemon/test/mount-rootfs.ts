import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { mount, parseMountOptions, unmount } from '@sluice/linux';
import type { DaemonHome } from './daemon-home.ts';
import type { WireMount } from './snapshots-client.ts';

/** A container's root file system. Disposing it unmounts it. */
export interface Rootfs extends Disposable {
  readonly path: string;
}

/** Does with the daemon's answer what containerd does with it. */
export function mountRootfs(home: DaemonHome, mounts: readonly WireMount[]): Rootfs {
  const path = mkdtempSync(join(home.directory, 'rootfs-'));
  for (const { type, source, options } of mounts) {
    const { flags, data } = parseMountOptions(options);
    mount({ type, source, target: path, flags, data });
  }
  return { path, [Symbol.dispose]: () => unmount(path, { detach: true }) };
}
