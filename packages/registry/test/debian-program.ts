import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { privatePackages } from '../../../scripts/debian-packages.ts';

/**
 * Where a program is: on the PATH, or else unpacked from its Debian package into the workspace's cache. Nothing is
 * installed.
 *
 * @returns undefined where it cannot be had here; the reason goes to stderr
 */
export function debianProgram(program: string, packageName: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  const own = directories.map((directory) => join(directory, program)).find(isExecutable);
  if (own !== undefined) return own;
  const cache = join(import.meta.dirname, '..', '..', '..', '.cache', 'packages', `test-${packageName}`);
  try {
    return privatePackages([packageName], cache)
      .bin.map((directory) => join(directory, program))
      .find(isExecutable);
  } catch (error) {
    process.stderr.write(`${program} cannot be had here: ${(error as Error).message.split('\n')[0]}\n`);
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
