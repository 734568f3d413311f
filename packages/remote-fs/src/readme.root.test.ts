import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildEstargz } from '@sluice/testkit/estargz';
import { expect, test } from 'vitest';
import { makeTestRoot } from '../test/test-file-system.ts';
import { makeTestImage } from '../test/test-image.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

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
  const args = ['--conditions=source', '--input-type=module-typescript', '-e', example];
  const env = { ...process.env, EXAMPLE: JSON.stringify(told) };
  const options = { cwd: packageDir, env, timeout: 30_000 };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
  expect({ stdout, stderr }).toEqual({ stdout: printed, stderr: '' });
});
