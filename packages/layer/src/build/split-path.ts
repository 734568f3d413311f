import { LayerError } from '../layer-error.ts';
import type { Slice } from './node-table.ts';
import { quoteBytes } from './quote-bytes.ts';

/** PATH_MAX and NAME_MAX of linux/limits.h. */
const pathLimit = 4096;
const nameLimit = 255;
const slash = 0x2f;
const dot = 0x2e;

/**
 * The components of a path in a layer: slashes at the ends, doubled slashes and `.` do not count. The root has
 * none.
 *
 * @throws LayerError CORRUPT for `..`, NUL bytes, and what is longer than a file system takes
 */
export function splitPath(path: Uint8Array): Slice[] {
  checkPathLength(path);
  const components: Slice[] = [];
  let start = 0;
  for (let at = 0; at <= path.length; at++) {
    if (at < path.length && path[at] !== slash) {
      if (path[at] === 0) refuse(path, 'contains a NUL byte');
      continue;
    }
    if (counts(path, start, at)) components.push({ bytes: path, start, end: at });
    start = at + 1;
  }
  return components;
}

/** @throws LayerError CORRUPT */
export function checkPathLength(path: Uint8Array): void {
  if (path.length > pathLimit) refuse(path, `is longer than ${pathLimit} bytes`);
}

function counts(path: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > nameLimit) refuse(path, `has a name longer than ${nameLimit} bytes`);
  if (length > 2 || path[start] !== dot) return length > 0;
  if (length === 2 && path[start + 1] === dot) refuse(path, "leaves the layer with '..'");
  return length === 2;
}

function refuse(path: Uint8Array, why: string): never {
  throw new LayerError('CORRUPT', `path ${quoteBytes(path)} ${why}`);
}
