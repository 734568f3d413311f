import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '@sluice/linux';
import { DaemonError } from './daemon-error.ts';

/**
 * Makes sure that one daemon at a time works on a root: two would take each other's mounts and rows away. The
 * lock is the kernel's and ends with the process, however that ends; the file `lock` stays, with the pid for
 * people.
 *
 * @throws DaemonError IN_USE
 */
export function lockRoot(root: string): Disposable {
  const path = join(root, 'lock');
  const fd = openSync(path, 'a', 0o600);
  if (!tryLock(fd)) {
    const pid = readFileSync(path, 'utf8').trim() || 'unknown';
    closeSync(fd);
    throw new DaemonError(
      'IN_USE',
      `another sluiced (pid ${pid}) works on ${root}: stop it, or choose another --root`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return { [Symbol.dispose]: () => closeSync(fd) };
}
