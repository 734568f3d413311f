import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../lab/run-command.ts';
import { tarArgs } from '../lab/tar-args.ts';
import { writeImageLayout } from '../lab/write-image-layout.ts';
import type { BenchImage } from './bench-image.ts';
import { bootstrap } from './bootstrap.ts';
import { changedPaths } from './changed-paths.ts';

export interface MakeImageOptions {
  /** The workspace's cache. */
  readonly cacheDir: string;
  readonly onProgress: (what: string) => void;
  readonly signal: AbortSignal;
}

/** An image in the cache. */
export interface MadeImage extends BenchImage {
  /** Of its definition and of what is in it. Part of its name in the registry. */
  readonly key: string;
  /** An OCI archive, of the tag `plain`. It may be gone once the image is in the registry. */
  readonly archive: string;
}

const apps = join(import.meta.dirname, 'apps');

/** Change this when images are made in another way. */
const VERSION = 1;

/**
 * Makes the archive of an image, if neither that nor the published image is there: a layer for the minimal system, one
 * for what its packages add, one for the program.
 *
 * @param isPublished whether the archive is needed no more
 */
export async function makeImage(
  image: BenchImage,
  isPublished: (made: MadeImage) => boolean,
  options: MakeImageOptions,
): Promise<MadeImage> {
  const directory = join(options.cacheDir, 'bench-start');
  const key = keyOf(image);
  const made = { ...image, key, archive: join(directory, `${image.name}-${key}.tar`) };
  if (isPublished(made) || existsSync(made.archive)) return made;
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(directory, 'work-'));
  try {
    await makeArchive(made, work, options);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return made;
}

/** 12 hex digits. */
function keyOf({ packages, app, command }: BenchImage): string {
  const files = readdirSync(join(apps, app)).sort();
  const contents = files.map((file) => [file, readFileSync(join(apps, app, file), 'utf8')]);
  const input = JSON.stringify([VERSION, packages, command, contents]);
  return createHash('sha256').update(input).digest('hex').slice(0, 12);
}

async function makeArchive(made: MadeImage, work: string, options: MakeImageOptions): Promise<void> {
  const { cacheDir, onProgress, signal } = options;
  const { name, packages, app, command, archive } = made;
  const run = (command: string, args: readonly string[]) =>
    runCommand({ command, args, env: process.env, logFile: join(work, 'log'), timeoutMs: 600_000, signal });
  const system = (name: string, packages: readonly string[]) => {
    const hash = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
    const file = join(cacheDir, 'bench-start', `system-${hash}.tar`);
    if (!existsSync(file)) onProgress(`making a Debian system ${name}`);
    return bootstrap({ cacheDir, packages, directory: join(work, hash), archive: file, signal }).then(
      () => file,
    );
  };
  const base = await system('with nothing more', []);
  const full = await system(`with ${packages.join(', ') || 'nothing more'}`, packages);
  onProgress(`making the image ${name}`);
  const layout = join(work, 'layout');
  await writeImageLayout({
    layers: [
      (file) => run('cp', [base, file]),
      ...(packages.length > 0 ? [(file: string) => writeDifference({ base, full, work, file, run })] : []),
      (file) => run('tar', ['-cf', file, ...tarArgs(appSource(app))]),
    ],
    layout,
    name: 'plain',
    config: {
      Cmd: command,
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      WorkingDir: '/app',
    },
    gzip: true,
  });
  const part = join(work, 'archive.tar');
  await run('tar', ['-C', layout, '-cf', part, '.']);
  await run('mv', [part, archive]);
}

function appSource(app: string) {
  return { at: 'app', entries: [{ directory: join(apps, app), name: '.' }] };
}

interface Difference {
  readonly base: string;
  readonly full: string;
  readonly work: string;
  readonly file: string;
  readonly run: (command: string, args: readonly string[]) => Promise<unknown>;
}

async function writeDifference({ base, full, work, file, run }: Difference): Promise<void> {
  const [below, whole, list] = ['base', 'full', 'list'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  for (const [archive, directory] of [
    [base, below],
    [full, whole],
  ] as const) {
    mkdirSync(directory);
    await run('tar', ['--numeric-owner', '-xpf', archive, '-C', directory]);
  }
  writeFileSync(
    list,
    changedPaths(below, whole)
      .map((path) => `${path}\0`)
      .join(''),
  );
  await run('tar', [
    '--numeric-owner',
    '--no-recursion',
    '--null',
    '--verbatim-files-from',
    '-C',
    whole,
    '-cf',
    file,
    '-T',
    list,
  ]);
}
