import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const workspace = join(import.meta.dirname, '..', '..');
const packages = globSync('{packages,apps}/*/package.json', { cwd: workspace })
  .map((path) => {
    const directory = join(workspace, dirname(path));
    const manifest = JSON.parse(readFileSync(join(workspace, path), 'utf8')) as Manifest;
    return { name: manifest.name, directory, manifest };
  })
  .filter(({ manifest }) => !manifest.private);

/** What npm would publish. */
function packedFiles(directory: string): readonly { readonly path: string; readonly mode: number }[] {
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  return JSON.parse(json)[0].files;
}

it('there are packages to publish', () => {
  expect(packages.map(({ name }) => name)).toContain('@sluice/daemon');
});

describe.each(packages)('$name, as it would be published,', ({ directory, manifest }) => {
  const packed = packedFiles(directory);
  const paths = packed.map(({ path }) => path);
  const named = Object.values(manifest.exports ?? {}).flatMap(({ types, default: code }) => [types!, code!]);

  it('has every file that its manifest names', () => {
    const wanted = [...named, ...Object.values(manifest.bin ?? {})].map((path) => path.replace(/^\.\//, ''));
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('has no sources, tests or fixtures', () => {
    const allowed = /^(dist\/|bin\/|proto\/|package\.json$|README\.md$|LICENSE$|[a-z.]+\.example\.toml$)/;
    expect(paths.filter((path) => !allowed.test(path) || /\.test\./.test(path))).toEqual([]);
  });

  it('has types that say something, and no path of the machine that built it', () => {
    for (const path of paths.filter((path) => /\.(js|d\.ts|map)$/.test(path))) {
      expect(readFileSync(join(directory, path), 'utf8')).not.toContain(workspace);
    }
    for (const path of named) expect(statSync(join(directory, path)).size).toBeGreaterThan(0);
  });

  it('has commands that can be run', () => {
    for (const path of Object.values(manifest.bin ?? {})) {
      const file = packed.find((file) => file.path === path);
      expect((file?.mode ?? 0) & 0o111).toBe(0o111);
    }
  });

  it('can be imported from its built files, without sources', () => {
    const entry = manifest.exports?.['.']?.['default'];
    if (!entry) return expect(manifest.bin).toBeDefined();
    const script = `const it = await import(${JSON.stringify(join(directory, entry))});
      if (Object.keys(it).length === 0) throw new Error('nothing is exported');`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
  });
});
