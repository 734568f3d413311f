import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';

/**
 * A process of a container that tries to lead a removal astray: in its working directory, wherever that is
 * moved, it replaces directories by symbolic links and back, for a second or until the directory is gone.
 * Argument: what the links point to.
 */
const [, , outside = ''] = process.argv;
const names = ['0', '1', '2', '3', '4'];
const endMs = Date.now() + 1000;

function attempt(change: () => void): boolean {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}

process.stdout.write('ready\n');
// A directory that is removed takes no new entries.
while (Date.now() < endMs && attempt(() => mkdirSync('alive'))) {
  attempt(() => rmdirSync('alive'));
  for (const name of names) {
    attempt(() => renameSync(name, `${name}-hidden`));
    attempt(() => symlinkSync(outside, name));
  }
  for (const name of names) {
    attempt(() => unlinkSync(name));
    attempt(() => renameSync(`${name}-hidden`, name));
    // What was removed comes again.
    attempt(() => mkdirSync(name));
  }
}
