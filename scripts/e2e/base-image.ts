import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../../e2e/src/process/run.ts';
import { debianMirror } from '../debian/debian-mirror.ts';
import type { ContainerEngine } from './container-engine.ts';
import { hasImage } from './has-image.ts';
import { inputHash } from './input-hash.ts';
import { packagesBesideInstalled } from './packages-beside-installed.ts';

const RELEASE = 'bookworm';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const BOOTSTRAP_TIMEOUT_MS = 300_000;
const IMPORT_TIMEOUT_MS = 120_000;

/**
 * The name of an image of a minimal Debian 12: on a Debian machine one that is made from the mirror of its apt,
 * elsewhere the official one, which the engine will pull.
 */
export async function ensureBaseImage(
  engine: ContainerEngine,
  { cacheDir, signal }: { cacheDir: string; signal: AbortSignal },
): Promise<string> {
  const mirror = debianMirror();
  if (!mirror) return `docker.io/library/debian:${RELEASE}-slim`;
  const keys = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const sources = `deb ${keys}${mirror} ${RELEASE} main\n`;
  const image = `localhost/sluice-e2e-base:${inputHash({ paths: [], texts: [sources] })}`;
  if (await hasImage(engine, image)) return image;
  console.log(`Making ${image}, a minimal Debian`);
  const directory = mkdtempSync(join(tmpdir(), 'sluice-e2e-base-'));
  try {
    const archive = join(directory, 'base.tar');
    await bootstrap({ cacheDir, sources, directory, archive, signal });
    await engine.run(['import', archive, image], { timeoutMs: IMPORT_TIMEOUT_MS, signal });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return image;
}

async function bootstrap(options: {
  cacheDir: string;
  sources: string;
  directory: string;
  archive: string;
  signal: AbortSignal;
}): Promise<void> {
  const { cacheDir, sources, directory, archive, signal } = options;
  const { bin, lib, root } = packagesBesideInstalled(
    ['mmdebstrap'],
    join(cacheDir, 'packages', 'mmdebstrap'),
  );
  const list = join(directory, 'sources.list');
  writeFileSync(list, sources);
  const perl = ['usr/share/perl5', 'usr/share/perl', 'usr/lib/x86_64-linux-gnu/perl5'].map((path) =>
    join(root, path),
  );
  await run(['mmdebstrap', '--mode=root', '--variant=minbase', RELEASE, archive, list], {
    timeoutMs: BOOTSTRAP_TIMEOUT_MS,
    signal,
    env: {
      TMPDIR: directory,
      LC_ALL: 'C.UTF-8',
      PATH: [...bin, process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter),
      LD_LIBRARY_PATH: lib.join(delimiter),
      PERL5LIB: perl.join(delimiter),
    },
  });
}
