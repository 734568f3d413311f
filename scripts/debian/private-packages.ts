import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apt } from './apt.ts';

/** Unpacked packages. Their files may be used where they lie; nothing of them is installed. */
export interface PrivatePackages {
  /** Stands for "/" of the packages. */
  readonly root: string;
  /** Directories for PATH. */
  readonly bin: readonly string[];
  /** Directories for LD_LIBRARY_PATH. */
  readonly lib: readonly string[];
}

/**
 * Downloads Debian packages, with those of their dependencies that are not installed, and unpacks them below a
 * directory of ours. Changes nothing else on the machine: apt-get's lists, caches and locks are private too.
 *
 * @param cacheDir is made if it is missing, and found again by later calls with the same names
 */
export function privatePackages(names: readonly string[], cacheDir: string): PrivatePackages {
  const stampFile = join(cacheDir, 'packages');
  const stamp = `${[...names].sort().join('\n')}\n`;
  const root = join(cacheDir, 'root');
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    console.error(`Fetching Debian packages into ${cacheDir} (nothing is installed): ${names.join(' ')}`);
    rmSync(cacheDir, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    unpack(download(names, cacheDir), root);
    writeFileSync(stampFile, stamp);
  }
  return { root, bin: directories(root, binaries), lib: directories(root, libraries()) };
}

const binaries = ['usr/bin', 'usr/sbin', 'bin', 'sbin'];

function libraries(): string[] {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [`usr/lib/${triplet}`, `lib/${triplet}`, 'usr/lib', 'lib'];
}

function directories(root: string, names: readonly string[]): string[] {
  return names.map((name) => join(root, name)).filter((path) => existsSync(path));
}

/** Uses the machine's package lists if they do; otherwise fetches lists of its own. Returns paths of .deb files. */
function download(names: readonly string[], cacheDir: string): string[] {
  const archives = join(cacheDir, 'cache', 'archives');
  const lists = join(cacheDir, 'lists');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  mkdirSync(join(lists, 'partial'), { recursive: true });
  const settings = ['-o', `Dir::Cache=${join(cacheDir, 'cache')}`, '-o', 'Debug::NoLocking=true'];
  const own = [...settings, '-o', `Dir::State::lists=${lists}`];
  const get = ['install', '--yes', '--download-only', '--no-install-recommends', ...names];
  if (!apt('apt-get', [...settings, ...get]).ok) {
    attempt([...own, 'update']);
    attempt([...own, ...get]);
  }
  rmSync(lists, { recursive: true });
  return readdirSync(archives)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(archives, file));
}

function attempt(args: readonly string[]): void {
  const result = apt('apt-get', args);
  if (!result.ok) throw new Error(`apt-get ${args.at(-1)} failed:\n${result.output}`);
}

function unpack(archives: readonly string[], root: string): void {
  if (archives.length === 0) {
    throw new Error('apt-get found nothing to download: the packages are installed, but not on the PATH.');
  }
  for (const archive of archives) {
    const result = apt('dpkg', ['-x', archive, root]);
    if (!result.ok) throw new Error(`dpkg -x ${archive} failed:\n${result.output}`);
    rmSync(archive);
  }
}
