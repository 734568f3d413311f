import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { FuseError } from '../fuse-error.ts';
import type { FuseNative } from './fuse-native.ts';

/**
 * Loads the package `fuse-native`, and with it libfuse 2.
 *
 * @throws FuseError DRIVER_UNAVAILABLE: the package, its binary for this machine or libfuse.so.2 is missing
 */
export function loadFuseNative(): FuseNative {
  if (!isMainThread) throw unavailable('it works on the main thread only');
  try {
    return createRequire(import.meta.url)('fuse-native') as FuseNative;
  } catch (cause) {
    throw unavailable(reasonOf(cause as NodeJS.ErrnoException), cause);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (message.includes('libfuse.so.2')) {
    return 'libfuse.so.2 is not installed: install it (Debian and Ubuntu: "apt-get install libfuse2"; Fedora: "dnf install fuse-libs"), or use the kernel driver';
  }
  if (code === 'MODULE_NOT_FOUND')
    return 'the package fuse-native is not installed (it is an optional dependency)';
  return `${message}. It has binaries for x64 only`;
}

function unavailable(reason: string, cause?: unknown): FuseError {
  return new FuseError('DRIVER_UNAVAILABLE', `The FUSE driver fuse-native cannot be used: ${reason}`, {
    cause,
  });
}
