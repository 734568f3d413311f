import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LayerSource } from './image-sources.ts';

export interface ImageLayoutOptions {
  /** One a layer, the lowest first. */
  readonly layers: readonly LayerSource[];
  /** The image layout is made in it. */
  readonly layout: string;
  /** The tag under which the image is found. */
  readonly name: string;
  readonly command: readonly string[];
  /** Runs tar(1). */
  readonly tar: (args: readonly string[]) => Promise<unknown>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = 'application/vnd.oci.image';

/**
 * Writes an image layout (OCI image-spec 1.1, image-layout.md) whose layers are plain tar files. Times and owners
 * are the same at every run, and so are the digests.
 */
export async function writeImageLayout(options: ImageLayoutOptions): Promise<void> {
  const { layers: sources, layout, name, command, tar } = options;
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const layers: Descriptor[] = [];
  for (const source of sources) layers.push(await addLayer(layout, source, tar));
  const config = addJson(layout, `${OCI}.config.v1+json`, {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: command, Env: ['PATH=/usr/local/bin'], WorkingDir: '/app' },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const mediaType = `${OCI}.manifest.v1+json`;
  const manifest = addJson(layout, mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { 'org.opencontainers.image.ref.name': name };
  writeJson(join(layout, 'index.json'), { schemaVersion: 2, manifests: [{ ...manifest, annotations }] });
  writeJson(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
}

async function addLayer(
  layout: string,
  source: LayerSource,
  tar: ImageLayoutOptions['tar'],
): Promise<Descriptor> {
  const file = join(layout, 'layer.tar');
  await tar(['-cf', file, ...tarArgs(source)]);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const digest = hash.digest('hex');
  const size = statSync(file).size;
  renameSync(file, join(layout, 'blobs', 'sha256', digest));
  return { mediaType: `${OCI}.layer.v1.tar`, digest: `sha256:${digest}`, size };
}

/** Symbolic links keep their targets; files that share an inode here do not in the image. */
function tarArgs({ at, entries }: LayerSource): string[] {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const place = at === '' ? [] : [`--transform=flags=r;s,^,${at}/,`];
  const files = entries.flatMap(({ directory, name }) => ['-C', directory, name]);
  return [...same, '--hard-dereference', ...place, ...files];
}

function addJson(layout: string, mediaType: string, document: unknown): Descriptor {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(layout, 'blobs', 'sha256', digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}

function writeJson(file: string, document: unknown): void {
  writeFileSync(file, JSON.stringify(document));
}
