import type { FileSystem } from '@sluice/snapshotter-core';
import type { ContentReport, VerifyOptions } from './content-store/verify-contents.ts';

/**
 * Core's port, over lazily mounted layers, with what a status report needs. Mountpoints are absolute paths
 * without symbolic links. Disposing it takes all mounts away and gives written contents a moment to reach the
 * disk; the driver is left to its owner.
 */
export interface RemoteFileSystem extends FileSystem {
  /** The layer mounted there; undefined if none is. Counts what is here: some time for big layers. */
  describe(mountpoint: string): MountedLayer | undefined;

  /** Sums over all layers that are mounted, each counted once. */
  totals(): RemoteFsTotals;

  /** What is wrong now, beside single layers: sentences that say what to do. */
  problems(): readonly string[];

  /** Resolves when the FUSE server has answered something, at once if nothing is mounted. Not while it is stuck. */
  probe(): Promise<void>;

  /** Removes contents that were not used for long, as far as the bounds of the store ask for it. */
  trimContents(): Promise<void>;

  /** Reads all contents again, of partial ones what readers are given, and says which are not what their names say. See `verifyContents`. */
  verifyContents(options?: VerifyOptions): Promise<ContentReport>;
}

export interface MountedLayer {
  readonly layerDigest: string;
  /** The image reference that it was mounted for. */
  readonly reference: string;
  /** Uncompressed bytes of the layer's contents: on this machine, and in all. */
  readonly bytesLocal: number;
  readonly bytesTotal: number;
}

export interface RemoteFsTotals {
  /** Mounts; a layer may be mounted several times. */
  readonly mounts: number;
  /** Uncompressed bytes on this machine. A content that two layers have counts for both. */
  readonly bytesLocal: number;
}
