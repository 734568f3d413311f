import { isAbsolute } from 'node:path';
import { OverlayError } from './overlay-error.ts';

/** Overlayfs and mount(8) split their options at these; neither containerd nor its clients escape them. */
const SPECIAL = /[:,\\"\s]/;

/**
 * What may stand in front of `/snapshots/<id>/fs`. Upper and work directories stay full paths in a page of
 * options, 128 shortened lower directories take 1.5 KB of it.
 */
const MAX_ROOT_BYTES = 1024;

/**
 * Refuses root directories whose paths cannot stand in mount options.
 *
 * @throws OverlayError UNSUITABLE_ROOT
 */
export function checkRootPath(root: string): void {
  if (!isAbsolute(root)) throw unsuitable(root, 'it must be an absolute path');
  const special = SPECIAL.exec(root)?.[0];
  if (special !== undefined) {
    throw unsuitable(
      root,
      `overlayfs cannot take a path with ${JSON.stringify(special)}; choose another directory`,
    );
  }
  const length = Buffer.byteLength(root);
  if (length > MAX_ROOT_BYTES) {
    throw unsuitable(root, `its path has ${length} bytes, and mount options have room for ${MAX_ROOT_BYTES}`);
  }
}

/** @param why and what to do */
export function unsuitable(root: string, why: string, options?: ErrorOptions): OverlayError {
  return new OverlayError(
    'UNSUITABLE_ROOT',
    `the directory ${JSON.stringify(root)} cannot hold layers: ${why}`,
    options,
  );
}
