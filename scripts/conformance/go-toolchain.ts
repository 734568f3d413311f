import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { privatePackages } from '../debian-packages.ts';

/** Go, and the sources of containerd for it. */
export interface GoToolchain {
  /** The command, or its path. */
  readonly go: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where Debian puts the sources of Go libraries. */
const SOURCES = 'usr/share/gocode';
const SUITE = 'src/github.com/containerd/containerd/snapshots/testsuite';
const PACKAGES = ['golang-go', 'golang-github-containerd-containerd-dev'];

/**
 * Finds Debian's Go and sources of containerd on this machine. Where they are missing, unpacks the packages in the
 * cache: installing them would replace packages that the machine has (their development files must match them).
 *
 * @param cacheDir keeps them, and what Go compiles, for the next time
 */
export function goToolchain(cacheDir: string): GoToolchain {
  const sources = [join('/', SOURCES)];
  let goRoot: string | undefined;
  if (!existsSync('/usr/bin/go') || !existsSync(join('/', SOURCES, SUITE))) {
    const { root } = privatePackages(PACKAGES, join(cacheDir, 'packages', 'conformance'));
    sources.unshift(join(root, SOURCES));
    goRoot = findGoRoot(join(root, 'usr', 'lib'));
  }
  const buildCache = join(cacheDir, 'go-build');
  mkdirSync(buildCache, { recursive: true });
  return {
    go: goRoot ? join(goRoot, 'bin', 'go') : '/usr/bin/go',
    env: {
      GO111MODULE: 'off',
      GOPATH: sources.join(':'),
      GOCACHE: buildCache,
      GOFLAGS: '',
      // The suite needs no C, and a C compiler may be missing.
      CGO_ENABLED: '0',
      ...(goRoot && { GOROOT: goRoot }),
    },
  };
}

/** usr/lib/go-1.19, of which usr/lib/go is a link to the default one. */
function findGoRoot(libraries: string): string | undefined {
  const names = existsSync(libraries) ? readdirSync(libraries).filter((name) => /^go(-|$)/.test(name)) : [];
  return names.map((name) => join(libraries, name)).find((path) => existsSync(join(path, 'bin', 'go')));
}
