import type { CallOptions } from '../call-options.ts';
import type { Labels } from '../labels.ts';
import type { Usage } from '../usage.ts';

/**
 * Lazily provides the content of layers that lie somewhere else.
 *
 * The snapshotter hands over the labels of the snapshot to be; what they say (image reference, layer digest,
 * neighbours) is this port's business alone.
 */
export interface FileSystem extends AsyncDisposable {
  /**
   * Mounts the layer that the labels describe at `mountpoint` (an existing, empty directory), read-only.
   * Once this resolves, everything in the layer can be read, now or with a delay.
   *
   * @throws NotLazyError if this layer cannot be provided lazily (no labels, no known format, wrong digest,
   *   registry gone): the snapshotter falls back to an ordinary snapshot. The mountpoint is left empty and
   *   unmounted.
   */
  mount(mountpoint: string, labels: Labels, options?: CallOptions): Promise<void>;

  /**
   * Mounts again, at start, a layer that was mounted there before: from local state alone where it suffices.
   * A mount that is still alive is kept; a dead one is replaced.
   *
   * @throws whatever keeps the layer away; the caller marks the snapshot and asks `check` later.
   */
  restore(mountpoint: string, labels: Labels, options?: CallOptions): Promise<void>;

  /**
   * Tries to make a layer usable that may not be: mounted and answering. Never fails for content that is
   * local, whatever the registry says.
   *
   * @throws with the cause if the layer cannot be served now.
   */
  check(mountpoint: string, labels: Labels, options?: CallOptions): Promise<void>;

  /** Unmounts; nothing is lost that could not be mounted again. No error where nothing is mounted. */
  unmount(mountpoint: string, options?: CallOptions): Promise<void>;

  /** What the layer mounted there holds on this machine's disk; never walks the mount. */
  usage(mountpoint: string): Usage;
}
