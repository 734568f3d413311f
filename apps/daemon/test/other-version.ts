import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is different in another version: texts of its files, by their paths in the workspace. */
export type Changes = Readonly<Record<string, readonly [from: string, to: string]>>;

const workspace = join(import.meta.dirname, '..', '..', '..');

/**
 * Installs another version of the daemon, in a directory of its own as a package would be: this workspace's sources with
 * another version number, and other changes.
 *
 * @param directory not there yet
 * @returns its launcher
 */
export function installOtherVersion(directory: string, version: string, changes: Changes = {}): string {
  copyPackage(directory, 'apps/daemon');
  for (const name of readdirSync(join(workspace, 'packages'))) copyPackage(directory, `packages/${name}`);
  // The packages of others, and Node.
  symlinkSync(join(workspace, 'node_modules'), join(directory, 'node_modules'));
  const all: Changes = {
    ...changes,
    'apps/daemon/package.json': [/"version": "[^"]+"/.exec(manifest())![0], `"version": "${version}"`],
  };
  for (const [name, [from, to]] of Object.entries(all)) change(join(directory, name), from, to);
  return join(directory, 'apps/daemon/bin/sluiced');
}

function manifest(): string {
  return readFileSync(join(workspace, 'apps/daemon/package.json'), 'utf8');
}

/** Links among the workspace's packages are relative: in the copy, they lead to the copies. */
function copyPackage(directory: string, name: string): void {
  const filter = (path: string) => !/\/(dist|test|\.turbo)$|\.test\.ts$/.test(path);
  cpSync(join(workspace, name), join(directory, name), { recursive: true, verbatimSymlinks: true, filter });
}

function change(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} does not have ${JSON.stringify(from)}`);
  writeFileSync(path, text.replace(from, to));
}
