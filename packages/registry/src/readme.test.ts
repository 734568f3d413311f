import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestRegistry } from '@sluice/testkit/registry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientLimits } from './client/client-options.ts';
import * as registryPackage from './index.ts';

let readme: string;
let dir: string;
beforeAll(async () => {
  readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  dir = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
});
afterAll(() => rm(dir, { recursive: true }));

test('reads the footers of layers as the README shows', async () => {
  const example = stripTypeScriptTypes(/```ts\n(.*?)```/s.exec(readme)?.[1] ?? '');
  const [, names] = /import \{(.*?)\} from '@sluice\/registry';/s.exec(example) ?? [];
  const body = example.replace(/^import .*?;$/ms, `const {${names}} = registryPackage;`);
  const layerFooters = new Function('registryPackage', `${body}; return layerFooters;`)(registryPackage);

  await using registry = await createTestRegistry();
  const layers = [randomBytes(1000), randomBytes(51)];
  const manifest = {
    schemaVersion: 2,
    layers: layers.map((layer) => ({ digest: registry.addBlob(layer), size: layer.length })),
  };
  const { digest } = registry.addManifest(
    'owner/app',
    manifest,
    'application/vnd.oci.image.manifest.v1+json',
  );
  registry.tag('owner/app', 'v1', digest);

  const footers: Uint8Array[] = await layerFooters(`${registry.host}/owner/app:v1`, dir);
  expect(footers.map((footer) => Buffer.from(footer))).toEqual(layers.map((layer) => layer.subarray(-51)));
  expect(registry.requests).toHaveLength(3);
});

test('tells the defaults of all options', () => {
  const stated = (name: string) => {
    const row =
      readme
        .split('\n')
        .find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``)) ?? '';
    const [, names = '', values = ''] = row.split('|');
    return values.split(', ')[names.split(', ').findIndex((cell) => cell.includes(`\`${name}\``))]?.trim();
  };
  const written = Object.entries(clientLimits({})).map(([name, value]) => [
    name,
    name === 'maxUnrangedBytes' ? `${Number(value) / 1024 ** 2} MiB` : String(value),
  ]);
  for (const [name = '', value] of written)
    expect([name, stated(name)?.replaceAll(/(?<=\d) (?=\d)|`/g, '')]).toEqual([name, value]);
});
