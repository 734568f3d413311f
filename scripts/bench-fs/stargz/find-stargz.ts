import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { goToolchain } from '../../conformance/go-toolchain.ts';
import { privatePackages } from '../../debian-packages.ts';

/** A program that serves the snapshots API of the stargz snapshotter. */
export interface StargzProgram {
  readonly path: string;
  /** Its own program, which takes flags and a configuration file; else the one of `go/main.go`. */
  readonly isOriginal: boolean;
}

const ORIGINAL = 'containerd-stargz-grpc';
const SOURCES = 'usr/share/gocode';
/** Far more than a slow machine needs to compile it for the first time. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** @returns what is there without building anything: the program on the PATH, or one that was built before */
export function foundStargz(workspace: string): StargzProgram | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  const original = directories.map((directory) => join(directory, ORIGINAL)).find(isExecutable);
  if (original !== undefined) return { path: original, isOriginal: true };
  const built = builtPath(workspace);
  return existsSync(built) ? { path: built, isOriginal: false } : undefined;
}

/**
 * Finds the program, or builds it from Debian's sources (package golang-github-containerd-stargz-snapshotter-dev), which
 * are unpacked in the cache: Debian has no package of the program itself.
 */
export function findStargz(workspace: string): StargzProgram {
  return foundStargz(workspace) ?? build(workspace);
}

function build(workspace: string): StargzProgram {
  const cache = join(workspace, '.cache');
  const { go, env } = goToolchain(cache);
  const { root } = privatePackages(
    ['golang-github-containerd-stargz-snapshotter-dev'],
    join(cache, 'packages', 'bench-stargz'),
  );
  const path = builtPath(workspace);
  mkdirSync(join(path, '..'), { recursive: true });
  const { status, stderr, error } = spawnSync(go, ['build', '-o', path, '.'], {
    cwd: join(import.meta.dirname, 'go'),
    env: { ...process.env, ...env, GOPATH: join(root, SOURCES) },
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  });
  if (status !== 0) throw new Error(`building the stargz snapshotter failed: ${stderr || error}`);
  return { path, isOriginal: false };
}

/** Another source is another program. */
function builtPath(workspace: string): string {
  const source = readFileSync(join(import.meta.dirname, 'go', 'main.go'));
  return join(workspace, '.cache', 'bench-fs', `stargz-${hash('sha256', source).slice(0, 12)}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
