import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findImageSources, findNodePackages, parseLdd } from './image-sources.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-image-sources-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('parseLdd', () => {
  it('finds libraries and the loader, but not the kernel', () => {
    const output = `	linux-vdso.so.1 (0x00007f3817246000)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f3816f20000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f3817248000)
`;
    expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('leaves out what is missing, and finds nothing in a static program', () => {
    expect(parseLdd('\tlibx.so.1 => not found\n')).toEqual([]);
    expect(parseLdd('\tnot a dynamic executable\n')).toEqual([]);
  });
});

describe('findNodePackages', () => {
  it('takes one version of each package, with scopes, and no tools', () => {
    const store = join(directory, '.pnpm');
    for (const path of [
      'zod@4.6.7/node_modules/zod',
      'zod@3.1.0/node_modules/zod',
      '@grpc+grpc-js@1.14.7/node_modules/@grpc/grpc-js',
      '@biomejs+cli-linux-x64@2.6.8/node_modules/@biomejs/cli-linux-x64',
      'node_modules/hoisted',
      'gone@1.0.0/node_modules',
    ]) {
      mkdirSync(join(store, path), { recursive: true });
    }
    expect(findNodePackages(store)).toEqual([
      { directory: join(store, '@grpc+grpc-js@1.14.7/node_modules'), name: '@grpc/grpc-js' },
      { directory: join(store, 'zod@4.6.7/node_modules'), name: 'zod' },
    ]);
  });
});

it('finds four layers in this workspace', () => {
  const workspace = join(import.meta.dirname, '..', '..');
  const made = join(directory, 'made');
  mkdirSync(made);
  const sources = findImageSources({ workspace, directory: made });
  expect(sources.map(({ at }) => at)).toEqual(['', 'usr/local', 'app/node_modules', 'app']);
  expect(sources[2]?.entries.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['zod', 'undici', 'pino']),
  );
});
