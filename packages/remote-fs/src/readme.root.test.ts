import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildEstargz } from '@sluice/testkit/estargz';
import { expect, test } from 'vitest';
import { makeTestRoot } from '../test/test-file-system.ts';
import { makeTestImage } from '../test/test-image.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program where it finds this package and those that it depends on. A file: the FUSE worker inherits flags. */
async function run(program: string, env: NodeJS.ProcessEnv) {
  const directory = await mkdtemp(join(packageDir, '.example-'));
  try {
    await writeFile(join(directory, 'example.mjs'), stripTypeScriptTypes(program));
    const args = ['--conditions=source', join(directory, 'example.mjs')];
    return await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test("the README's example prints what the README says", async () => {
  const readme = readFileSync(`${packageDir}/README.md`, 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const printed = /prints,[^`]*`[^`]*`[^`]*```\n([\s\S]*?)```/.exec(readme)?.[1];
  const layer = buildEstargz([
    { name: 'etc/hostname', type: 'reg', content: 'example\n' },
    { name: 'etc/motd', type: 'reg', content: 'hello' },
  ]);
  await using root = await makeTestRoot();
  await using image = await makeTestImage([layer]);
  const told = {
    root: root.path,
    mountpoint: await root.mountpoint('fs'),
    image: image.reference,
    layer: layer.digest,
    tocDigest: layer.tocDigest,
  };
  const { stdout, stderr } = await run(example, { ...process.env, EXAMPLE: JSON.stringify(told) });
  expect({ stdout, stderr }).toEqual({ stdout: printed, stderr: '' });
});
