import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { type LayerSource, tarArgs } from './tar-args.ts';
import { writeImageLayout } from './write-image-layout.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-image-layout-'));
afterAll(() => rmSync(directory, { recursive: true }));

const source = join(directory, 'source');
mkdirSync(source);
writeFileSync(join(source, 'file'), 'content');
linkSync(join(source, 'file'), join(source, 'same'));
symlinkSync('file', join(source, 'link'));

const sources: readonly LayerSource[] = [
  { at: '', entries: [{ directory: source, name: 'file' }] },
  { at: 'app', entries: [{ directory: source, name: '.' }] },
];

async function write(name: string, options: { gzip?: boolean } = {}): Promise<string> {
  const layout = join(directory, name);
  await writeImageLayout({
    layers: sources.map(
      (layer) => async (file: string) => execFileSync('tar', ['-cf', file, ...tarArgs(layer)]),
    ),
    layout,
    name: 'plain',
    config: { Cmd: ['/file'], Env: ['PATH=/bin'], WorkingDir: '/app' },
    ...options,
  });
  return layout;
}

function read(layout: string, digest: string) {
  return readFileSync(join(layout, 'blobs', 'sha256', digest.replace('sha256:', '')));
}

it('writes a layout whose blobs have their digests for names', async () => {
  const layout = await write('digests');
  const names = readdirSync(join(layout, 'blobs', 'sha256'));
  expect(names).toHaveLength(4);
  for (const name of names) {
    expect(createHash('sha256').update(read(layout, name)).digest('hex')).toBe(name);
  }
});

it('leads from the index to the layers, and to what runs', async () => {
  const layout = await write('chain');
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  expect(index.manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': 'plain' });
  const manifest = JSON.parse(String(read(layout, index.manifests[0].digest)));
  const config = JSON.parse(String(read(layout, manifest.config.digest)));
  expect(config.config.Cmd).toEqual(['/file']);
  expect(config.rootfs.diff_ids).toEqual(manifest.layers.map((layer: { digest: string }) => layer.digest));
});

it('compresses layers on request; what is in them stays the same', async () => {
  const [plain, compressed] = await Promise.all([write('as-they-are'), write('gzip', { gzip: true })]);
  const configOf = (layout: string) => {
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
    const manifest = JSON.parse(String(read(layout, index.manifests[0].digest)));
    return { manifest, config: JSON.parse(String(read(layout, manifest.config.digest))) };
  };
  const { manifest, config } = configOf(compressed);
  expect(config).toEqual(configOf(plain).config);
  for (const [at, layer] of manifest.layers.entries()) {
    expect(layer.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip');
    const tar = gunzipSync(read(compressed, layer.digest));
    expect(`sha256:${createHash('sha256').update(tar).digest('hex')}`).toBe(config.rootfs.diff_ids[at]);
  }
  expect(readdirSync(compressed).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});

it('puts files where they belong in the image, as files of root, and links unchanged', async () => {
  const layout = await write('places');
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const { layers } = JSON.parse(String(read(layout, index.manifests[0].digest)));
  const blob = join(layout, 'blobs', 'sha256', layers[1].digest.slice('sha256:'.length));
  const lines = execFileSync('tar', ['-tvf', blob, '--numeric-owner'], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(lines.map((line) => line.split(/\s+/).slice(5).join(' ')).sort()).toEqual([
    'app/./',
    'app/./file',
    'app/./link -> file',
    'app/./same',
  ]);
  expect(lines.every((line) => line.includes(' 0/0 '))).toBe(true);
});

it('writes the same digests again, whatever the times of the files', async () => {
  const first = readFileSync(join(await write('first'), 'index.json'), 'utf8');
  utimesSync(join(source, 'file'), 1e9, 1e9);
  expect(readFileSync(join(await write('second'), 'index.json'), 'utf8')).toBe(first);
});
