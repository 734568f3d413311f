import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import type { Check } from './check.ts';
import type { Host } from './host.ts';

/** Whether the kernel has what the daemon is built on. Loads no module and mounts nothing. */
export function checkKernel(host: Host): readonly Check[] {
  const { platform, release, uid } = host;
  if (platform !== 'linux') {
    const mend = 'run sluiced on Linux, for instance in a virtual machine';
    return [{ name: 'kernel', state: 'bad', detail: `${platform}, not Linux`, mend }];
  }
  return [
    { name: 'kernel', state: 'ok', detail: `Linux ${release}` },
    uid === 0
      ? { name: 'user', state: 'ok', detail: 'root' }
      : {
          name: 'user',
          state: 'bad',
          detail: `uid ${uid}`,
          mend: 'run this, and sluiced, as root: try sudo',
        },
    checkFuse(host),
    checkOverlayfs(host),
  ];
}

function checkFuse({ fuseDevice, uid }: Host): Check {
  const name = 'FUSE';
  const found = statSync(fuseDevice, { throwIfNoEntry: false });
  if (!found?.isCharacterDevice()) {
    const detail = found ? `${fuseDevice} is not a device` : `there is no ${fuseDevice}`;
    const mend = 'load the kernel module: modprobe fuse (in a container: add the device, --device /dev/fuse)';
    return { name, state: 'bad', detail, mend };
  }
  if (mayOpen(fuseDevice)) return { name, state: 'ok', detail: fuseDevice };
  const detail = `${fuseDevice} cannot be opened`;
  if (uid !== 0) return { name, state: 'unknown', detail };
  return { name, state: 'bad', detail, mend: 'in a container: allow the device, --device /dev/fuse' };
}

function mayOpen(path: string): boolean {
  try {
    // Opened in earnest: what a container may do with its devices, access(2) does not know.
    closeSync(openSync(path, 'r+'));
    return true;
  } catch {
    return false;
  }
}

function checkOverlayfs({ fileSystems }: Host): Check {
  const name = 'overlayfs';
  const names = readFileSync(fileSystems, 'utf8').split(/\s+/);
  if (names.includes('overlay')) return { name, state: 'ok', detail: 'the kernel has it' };
  const mend = 'load the kernel module: modprobe overlay (on the host, if this is a container)';
  return { name, state: 'bad', detail: 'the kernel does not have it', mend };
}
