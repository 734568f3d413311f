import * as crypto from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestRegistry } from '@sluice/testkit/registry';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestClient } from '../test/create-test-client.ts';
import { clientLimits } from './client/client-options.ts';
import { defaultHost } from './hosts/default-host.ts';
import * as registryPackage from './index.ts';

let readme: string;
let dir: string;
beforeAll(async () => {
  readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  dir = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** The function of that name in an example, with what it imports. */
function exampleOf(name: string): (...args: never[]) => Promise<never> {
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text);
  const text = examples.find((example) => example.includes(`function ${name}(`)) ?? '';
  const body = stripTypeScriptTypes(text).replace(
    /import (\{.*?\}) from '(.*?)';/gs,
    (_all, names: string, from: string) => `const ${names} = modules['${from}'];`,
  );
  return new Function('modules', `${body}; return ${name};`)({
    '@sluice/registry': registryPackage,
    'node:crypto': crypto,
  });
}

test('stores notes beside an image as the README shows', async () => {
  const addNote = exampleOf('addNote') as unknown as (
    client: registryPackage.RegistryClient,
    image: registryPackage.ImageReference,
    text: string,
  ) => Promise<number>;
  await using registry = await createTestRegistry({ push: true });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const { digest } = registry.addManifest('owner/app', { schemaVersion: 2, layers: [] }, mediaType);
  registry.tag('owner/app', 'latest', digest);
  await using tested = createTestClient();
  const image = { host: registry.host, repository: 'owner/app' };
  expect(await addNote(tested.client, image, 'good')).toBe(1);
  expect(await addNote(tested.client, image, 'better')).toBe(2);
});

test('reads the footers of layers as the README shows', async () => {
  const layerFooters = exampleOf('layerFooters') as unknown as (
    image: string,
    configPath: string,
  ) => Promise<Uint8Array[]>;
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

  const footers = await layerFooters(`${registry.host}/owner/app:v1`, dir);
  expect(footers.map((footer) => Buffer.from(footer))).toEqual(layers.map((layer) => layer.subarray(-51)));
  expect(registry.requests).toHaveLength(3);
});

test('takes a chunk that a mirror damaged from the next host as the README shows', async () => {
  const readChunk = exampleOf('readChunk') as unknown as (
    blob: registryPackage.RegistryBlob,
    offset: number,
    length: number,
    sha256: string,
  ) => Promise<Uint8Array>;
  await using mirror = await createTestRegistry();
  await using origin = await createTestRegistry();
  const bytes = randomBytes(1000);
  mirror.addBlob(bytes);
  mirror.faults.always(() => ({ kind: 'corrupt' }));
  const hosts = { hostsFor: async () => [defaultHost(mirror.host), defaultHost(origin.host)] };
  await using tested = createTestClient({ hosts });
  const reference = { host: 'registry.example', repository: 'a' };
  const blob = await tested.client.openBlob(reference, origin.addBlob(bytes), { size: 1000 });
  const chunk = bytes.subarray(100, 300);
  const sha256 = crypto.createHash('sha256').update(chunk).digest('hex');
  expect(Buffer.from(await readChunk(blob, 100, 200, sha256)).equals(chunk)).toBe(true);
  expect(mirror.requests).toHaveLength(1);
});

test('reads many ranges as the README shows', async () => {
  const sample = exampleOf('sample') as unknown as (
    blob: registryPackage.RegistryBlob,
    count: number,
    length: number,
  ) => Promise<readonly Uint8Array[]>;
  await using registry = await createTestRegistry({ severalRanges: true });
  const bytes = randomBytes(1000);
  await using tested = createTestClient();
  const blob = await tested.client.openBlob(
    { host: registry.host, repository: 'a' },
    registry.addBlob(bytes),
    {
      size: 1000,
    },
  );
  const pieces = await sample(blob, 3, 10);
  expect(pieces.map((piece) => Buffer.from(piece))).toEqual(
    [0, 495, 990].map((offset) => bytes.subarray(offset, offset + 10)),
  );
  expect(registry.requests).toHaveLength(1);
});

test('asks docker and then a plugin of the kubelet for credentials as the README shows', async () => {
  const nodeCredentials = exampleOf('nodeCredentials') as unknown as (
    configPath: string,
    binDir: string,
  ) => Promise<registryPackage.CredentialSource>;
  vi.stubEnv('DOCKER_CONFIG', dir);
  const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';
  const response = {
    apiVersion,
    kind: 'CredentialProviderResponse',
    cacheKeyType: 'Registry',
    auth: { 'r.example': { username: 'me', password: 'p' } },
  };
  await writeFile(join(dir, 'plugin'), `#!/bin/sh\necho '${JSON.stringify(response)}'\n`, { mode: 0o755 });
  const config = `
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - {name: plugin, matchImages: [r.example], defaultCacheDuration: 1h, apiVersion: ${apiVersion}}
`;
  await writeFile(join(dir, 'providers.yaml'), config);
  const credentials = await nodeCredentials(join(dir, 'providers.yaml'), dir);
  expect(await credentials.get('r.example', { repository: 'a' })).toEqual({
    kind: 'basic',
    username: 'me',
    password: 'p',
  });
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
