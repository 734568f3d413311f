import { existsSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { inUserNamespace } from '@sluice/linux';
import type { LayerDirs } from '@sluice/snapshotter-core';
import { checkDirentTypes } from './check-dirent-types.ts';
import { checkRootPath } from './check-root.ts';
import { errorCode, isFull } from './error-code.ts';
import { explainFailure } from './explain-failure.ts';
import { checkOptions, extraOptions } from './extra-options.ts';
import { createLayerLayout, type LayerLayout, newStagedName } from './layer-layout.ts';
import { OverlayDirs } from './overlay-dirs.ts';
import type { OverlayFeatures } from './overlay-features.ts';
import { probeOverlay } from './probe-overlay.ts';
import { removeTree } from './remove-tree.ts';

export interface OverlayDirsOptions {
  /**
   * Holds all layers; made if it is missing, with mode 0700. An absolute path without `: , \ "` or blanks, on
   * a file system that can be an overlay's upper directory.
   */
  readonly root: string;
  /**
   * Appended to the options of every overlay (not of bind mounts), such as 'metacopy=on'. One option an
   * entry.
   */
  readonly mountOptions?: readonly string[];
  /** Taken for true instead of probing, which needs the right to mount. */
  readonly features?: OverlayFeatures;
}

/**
 * Opens or makes the layer directories below a root directory and finds out, by mounting, what overlayfs can
 * do there. One instance a root: nothing is locked.
 *
 * @throws OverlayError `UNSUITABLE_ROOT`, `NO_OVERLAYFS`, `BAD_OPTIONS` or `IO`; the message says how to mend
 *   it
 */
export async function createOverlayDirs(options: OverlayDirsOptions): Promise<LayerDirs> {
  const { mountOptions = [] } = options;
  checkRootPath(options.root);
  checkOptions(mountOptions);
  const root = await makeRoot(options.root);
  checkRootPath(root);
  const layout = createLayerLayout(root);
  const features = options.features ?? (await probe(root, layout, mountOptions));
  return new OverlayDirs(layout, extraOptions(mountOptions, features));
}

/** @returns the root without symbolic links, as the kernel shows it in mount tables */
async function makeRoot(wanted: string): Promise<string> {
  try {
    await makePath(wanted);
    const root = await realpath(wanted);
    const { snapshots } = createLayerLayout(root);
    await makePath(snapshots);
    // Images hold setuid files: nobody but root may reach them from the host.
    await chmod(snapshots, 0o700);
    return root;
  } catch (error) {
    throw explainFailure(`the root directory ${wanted} cannot be made`, error);
  }
}

/**
 * Makes a directory and what leads to it. `recursive` alone takes a read-only file system for a missing path.
 */
async function makePath(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') await mkdir(path, { recursive: true, mode: 0o700 });
    else if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Where the disk is full, nothing can be tried: then what is likely has to do, so that removing snapshots can make
 * room. Source of the look at the module's parameter: containerd plugins/snapshots/overlay/overlay.go,
 * `supportsIndex`.
 */
function likelyFeatures(): OverlayFeatures {
  return { userxattr: inUserNamespace(), index: existsSync('/sys/module/overlay/parameters/index') };
}

/** After a crash in between the probe's directory is an orphan as any other. */
async function probe(
  root: string,
  layout: LayerLayout,
  mountOptions: readonly string[],
): Promise<OverlayFeatures> {
  const probeDir = layout.orphan(newStagedName());
  try {
    await mkdir(probeDir, { mode: 0o700 });
    checkDirentTypes(root, probeDir);
    return probeOverlay({ root, probeDir, mountOptions });
  } catch (error) {
    if (isFull(error)) return likelyFeatures();
    throw explainFailure(`overlayfs cannot be tried below ${root}`, error);
  } finally {
    await removeTree(probeDir);
  }
}
