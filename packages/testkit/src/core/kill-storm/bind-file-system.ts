import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MountFlag, mount, mountAt, unmount } from '@sluice/linux';
import { type FileSystem, type Labels, TARGET_LABEL } from '@sluice/snapshotter-core';

/** The file that every layer has; its content is the layer's name. */
export const LAYER_FILE = 'layer';

/**
 * A `FileSystem` whose layers are directories, bind-mounted: real mounts, which outlive the process as those of a
 * killed daemon do. Needs root.
 *
 * @param layersDir on any file system; made if it is missing
 */
export function createBindFileSystem(layersDir: string): FileSystem {
  const attach = (mountpoint: string, labels: Labels) => {
    const layer = labels[TARGET_LABEL] ?? '';
    const source = join(layersDir, encodeURIComponent(layer));
    if (!existsSync(source)) {
      mkdirSync(source, { recursive: true });
      writeFileSync(join(source, LAYER_FILE), layer);
    }
    mount({ source, target: mountpoint, flags: MountFlag.BIND });
  };
  const attachAgain = async (mountpoint: string, labels: Labels) => {
    if (!mountAt(mountpoint)) attach(mountpoint, labels);
  };
  return {
    async mount(mountpoint, labels) {
      if (mountAt(mountpoint)) throw new Error(`${mountpoint} is a mount already`);
      attach(mountpoint, labels);
    },
    restore: attachAgain,
    check: attachAgain,
    async unmount(mountpoint) {
      while (mountAt(mountpoint)) unmount(mountpoint, { noFollow: true });
    },
    usage: (mountpoint) => ({ sizeBytes: statSync(mountpoint).blocks * 512, inodes: 2 }),
    async [Symbol.asyncDispose]() {},
  };
}
