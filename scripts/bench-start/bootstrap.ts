import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { debianMirror } from '../debian/debian-mirror.ts';
import { packagesBesideInstalled } from '../e2e/packages-beside-installed.ts';
import { LabError } from '../lab/lab-error.ts';
import { runCommand } from '../lab/run-command.ts';

const RELEASE = 'bookworm';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const TIMEOUT_MS = 15 * 60_000;

export interface BootstrapOptions {
  /** The workspace's cache: the tool that makes systems is unpacked in it. */
  readonly cacheDir: string;
  readonly packages: readonly string[];
  /** A directory that is removed afterwards. */
  readonly directory: string;
  /** The tar file that is to be made. */
  readonly archive: string;
  readonly signal: AbortSignal;
}

/**
 * Makes a minimal Debian 12 with some packages, from the mirror of the machine's apt: mmdebstrap(1). The times of files
 * that it makes itself are the same at every run. Only whole archives ever have the archive's name.
 *
 * @throws LabError CANNOT_RUN_HERE without a mirror; as runCommand
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const { packages, directory, archive, signal } = options;
  if (existsSync(archive)) return;
  const list = join(directory, 'sources.list');
  mkdirSync(directory, { recursive: true });
  writeFileSync(list, sourcesList());
  const part = join(directory, 'part.tar');
  const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
  await runCommand({
    command: 'mmdebstrap',
    args: ['--mode=root', '--variant=minbase', ...include, RELEASE, part, list],
    env: toolEnvironment(options),
    logFile: join(directory, 'log'),
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  renameSync(part, archive);
  rmSync(directory, { recursive: true });
}

function sourcesList(): string {
  const mirror = debianMirror();
  if (!mirror)
    throw new LabError(
      'CANNOT_RUN_HERE',
      'The images are made of Debian packages: the machine needs apt, and a mirror of Debian in its sources.',
    );
  const keys = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  return `deb ${keys}${mirror} ${RELEASE} main\n`;
}

function toolEnvironment({ cacheDir, directory }: BootstrapOptions): NodeJS.ProcessEnv {
  const tool = packagesBesideInstalled(['mmdebstrap'], join(cacheDir, 'packages', 'mmdebstrap'));
  const perl = ['usr/share/perl5', 'usr/share/perl', 'usr/lib/x86_64-linux-gnu/perl5'];
  return {
    ...process.env,
    TMPDIR: directory,
    LC_ALL: 'C.UTF-8',
    SOURCE_DATE_EPOCH: '0',
    PATH: [...tool.bin, process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter),
    LD_LIBRARY_PATH: tool.lib.join(delimiter),
    PERL5LIB: perl.map((path) => join(tool.root, path)).join(delimiter),
  };
}
