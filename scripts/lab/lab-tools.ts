import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type PrivatePackages, privatePackages } from '../debian-packages.ts';
import { LabError } from './lab-error.ts';

/** Programs that a lab runs, and the Debian packages that have them. */
const PROGRAMS = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  'ctr-remote': 'stargz-snapshotter',
} as const;

/** Not on the PATH of every root shell. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export interface LabToolsOptions {
  /** Is made if it is missing, and found again by later calls; packages of `more` are beside it. */
  readonly cacheDir: string;
  readonly task: 'demo' | 'bench';
  /** Programs beside the usual ones, and the Debian packages that have them. */
  readonly more?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * An environment in which all programs are found: the machine's own first; those that it lacks are fetched as Debian
 * packages and unpacked in the cache.
 *
 * @throws LabError CANNOT_RUN_HERE, INTERRUPTED
 */
export async function labTools(options: LabToolsOptions): Promise<NodeJS.ProcessEnv> {
  const { cacheDir, task, more = {} } = options;
  const own = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  const sets = [
    // Each set has a directory of its own: tasks that need more share what they all need.
    { programs: PROGRAMS, directory: cacheDir },
    { programs: more, directory: `${cacheDir}-${task}` },
  ];
  const fetched: PrivatePackages[] = [];
  for (const { programs, directory } of sets) {
    const missing = missingPackages(own, programs);
    if (missing.length > 0)
      fetched.push(await fetchPackages(missing, programs, { ...options, cacheDir: directory }));
  }
  const lib = fetched.flatMap((packages) => packages.lib);
  return {
    ...process.env,
    PATH: [...own, ...fetched.flatMap(({ bin }) => bin)].join(delimiter),
    ...(lib.length > 0 && { LD_LIBRARY_PATH: lib.join(delimiter) }),
  };
}

async function fetchPackages(
  names: readonly string[],
  programs: Readonly<Record<string, string>>,
  { cacheDir, task, signal }: LabToolsOptions,
): Promise<PrivatePackages> {
  try {
    return privatePackages(names, cacheDir);
  } catch (error) {
    // What was fetching them was interrupted too; our own signal arrives with the next turn of the event loop.
    await setImmediate();
    if (signal.aborted) throw new LabError('INTERRUPTED', `The ${task} was interrupted.`);
    throw new LabError(
      'CANNOT_RUN_HERE',
      `${(error as Error).message}\nThe ${task} needs these programs on the PATH: ${Object.keys(programs).join(', ')}. Install what is missing, or give the machine a Debian mirror.`,
      { cause: error },
    );
  }
}

/** Names of the packages that have a program which is in none of the directories. */
export function missingPackages(
  directories: readonly string[],
  programs: Readonly<Record<string, string>> = PROGRAMS,
): string[] {
  const missing = Object.entries(programs).filter(([program]) => !isFound(program, directories));
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
