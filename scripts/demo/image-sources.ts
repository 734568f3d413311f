import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError } from '../lab/lab-error.ts';
import type { LayerSource } from '../lab/tar-args.ts';

export interface ImageSourcesOptions {
  readonly workspace: string;
  /** For files that have to be made. Must exist. */
  readonly directory: string;
}

/**
 * Finds the content of an image of real size in what the workspace has: the shared libraries that Node needs, Node
 * itself, the workspace's libraries, and a service that uses some. Returns one source a layer, the lowest first.
 */
export function findImageSources({ workspace, directory }: ImageSourcesOptions): LayerSource[] {
  const modules = join(workspace, 'node_modules');
  const node = `node-linux-${process.arch}`;
  const runtime = { at: 'usr/local', entries: [{ directory: join(modules, node), name: '.' }] };
  const libraries = { at: 'app/node_modules', entries: findNodePackages(join(modules, '.pnpm')) };
  const program = { at: 'app', entries: [{ directory: import.meta.dirname, name: 'container-app.mjs' }] };
  return [
    systemLayer(join(modules, node, 'bin', 'node'), join(directory, 'system')),
    runtime,
    libraries,
    program,
  ];
}

function systemLayer(program: string, directory: string): LayerSource {
  mkdirSync(join(directory, 'etc'), { recursive: true });
  mkdirSync(join(directory, 'tmp'), { mode: 0o1777 });
  writeFileSync(join(directory, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const libraries = parseLdd(execFileSync('ldd', [program], { encoding: 'utf8' }));
  if (libraries.length === 0) throw new LabError('WRONG_RESULT', `ldd names no libraries of ${program}.`);
  for (const library of libraries) {
    mkdirSync(dirname(join(directory, library)), { recursive: true });
    copyFileSync(library, join(directory, library));
  }
  return { at: '', entries: [{ directory, name: '.' }] };
}

/**
 * The paths in the output of ldd(1), whose lines are one of
 *
 *     libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f...)
 *     /lib64/ld-linux-x86-64.so.2 (0x00007f...)
 *     linux-vdso.so.1 (0x00007f...)                                   the kernel's own, no file
 */
export function parseLdd(output: string): string[] {
  return output.split('\n').flatMap((line) => /(?:^|=>)\s*(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Node itself is in another layer. The others are large tools for developers, which a service does not ship. */
const NOT_SHIPPED =
  /^(node-linux-|@bufbuild\+buf|@turbo\+|turbo@|@biomejs\+|@rolldown\+|@esbuild\+|typescript@5|lightningcss-)/;

/**
 * Finds the packages in pnpm's store (`.pnpm/NAME@VERSION/node_modules/NAME`), to be laid out flat, as npm places
 * them. Of several versions of a package the last one is taken.
 */
export function findNodePackages(store: string): LayerSource['entries'] {
  const found = new Map<string, string>();
  for (const entry of readdirSync(store).sort()) {
    const name = entry.slice(0, Math.max(0, entry.indexOf('@', 1))).replace('+', '/');
    const directory = join(store, entry, 'node_modules');
    if (name !== '' && !NOT_SHIPPED.test(entry) && existsSync(join(directory, name)))
      found.set(name, directory);
  }
  return [...found].map(([name, directory]) => ({ directory, name }));
}
