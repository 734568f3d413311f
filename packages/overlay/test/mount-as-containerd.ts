import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { MountFlag, mount, parseMountOptions } from '@sluice/linux';
import type { Mount } from '@sluice/snapshotter-core';

/** Above this, containerd shortens lower directories. Source: containerd core/mount/mount_linux.go. */
const SHORTEN_BYTES = 4096 - 512;

/**
 * Performs mounts as containerd's shim does: too many lower directories are named relative to the directory
 * that their paths share, from a process that stands there; read-only bind mounts are remounted.
 */
export function mountAsContainerd(mounts: readonly Mount[], target: string): void {
  for (const request of mounts) mountOne(request, target);
}

function mountOne({ type, source, options }: Mount, target: string): void {
  const size = options.reduce((sum, option) => sum + option.length, 0);
  if (type === 'overlay' && size >= SHORTEN_BYTES) {
    mountFromWithin(options, target);
    return;
  }
  const { flags, data } = parseMountOptions(options);
  mount({ type, source, target, flags, data });
  if ((flags & MountFlag.BIND) !== 0 && (flags & MountFlag.RDONLY) !== 0) {
    mount({ source: '', target, flags: flags | MountFlag.REMOUNT });
  }
}

function mountFromWithin(options: readonly string[], target: string): void {
  const lower = options
    .find((option) => option.startsWith('lowerdir='))!
    .slice('lowerdir='.length)
    .split(':');
  const shared = `${dirname(commonPrefix(lower))}/`;
  const short = `lowerdir=${lower.map((path) => path.slice(shared.length)).join(':')}`;
  const { data } = parseMountOptions([...options.filter((option) => !option.startsWith('lowerdir=')), short]);
  // mount(2) in a child: vitest's threads cannot change directory.
  const script = `const { mount } = await import(process.argv[1]);
    mount({ type: 'overlay', source: 'overlay', target: process.argv[2], data: process.argv[3] });`;
  const linux = import.meta.resolve('@sluice/linux');
  execFileSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', script, linux, target, data],
    {
      cwd: shared,
    },
  );
}

function commonPrefix(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let length = first.length;
  for (const path of others) while (!path.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
