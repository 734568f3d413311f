import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type PrivatePackages, privatePackages } from '../debian-packages.ts';
import { DemoError } from './demo-error.ts';

/** Programs that the demo runs, and the Debian packages that have them. */
const PROGRAMS = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  'ctr-remote': 'stargz-snapshotter',
} as const;

/** Not on the PATH of every root shell. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * An environment in which all programs are found: the machine's own first; those that it lacks are fetched as Debian
 * packages and unpacked in the cache.
 */
export function demoTools(cacheDir: string): NodeJS.ProcessEnv {
  const own = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  const missing = missingPackages(own);
  if (missing.length === 0) return { ...process.env, PATH: own.join(delimiter) };
  const { bin, lib } = fetchPackages(missing, cacheDir);
  return {
    ...process.env,
    PATH: [...own, ...bin].join(delimiter),
    ...(lib.length > 0 && { LD_LIBRARY_PATH: lib.join(delimiter) }),
  };
}

function fetchPackages(names: readonly string[], cacheDir: string): PrivatePackages {
  try {
    return privatePackages(names, cacheDir);
  } catch (error) {
    const programs = Object.keys(PROGRAMS).join(', ');
    throw new DemoError(
      'CANNOT_RUN_HERE',
      `${(error as Error).message}\nThe demo needs these programs on the PATH: ${programs}. Install what is missing, or give the machine a Debian mirror.`,
      { cause: error },
    );
  }
}

/** Names of the packages that have a program which is in none of the directories. */
export function missingPackages(directories: readonly string[]): string[] {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isFound(program, directories));
  return [...new Set(missing.map(([, name]) => name))];
}

function isFound(program: string, directories: readonly string[]): boolean {
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
