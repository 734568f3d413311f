import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface ImageLayoutOptions {
  /** One a layer, the lowest first: writes the layer as a tar file of that path. */
  readonly layers: readonly ((file: string) => Promise<unknown>)[];
  /** The image layout is made in it. */
  readonly layout: string;
  /** The tag under which the image is found. */
  readonly name: string;
  /** What containers of the image run: `config` of the image's configuration. */
  readonly config: {
    readonly Cmd: readonly string[];
    readonly Env: readonly string[];
    readonly WorkingDir: string;
  };
  /** Compress the layers, as most registries' images are. Default: they stay plain tar files. */
  readonly gzip?: boolean;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = 'application/vnd.oci.image';

/**
 * Writes an image layout (OCI image-spec 1.1, image-layout.md). The digests are the same at every run if the tar
 * files are.
 */
export async function writeImageLayout(options: ImageLayoutOptions): Promise<void> {
  const { layout, name, gzip = false } = options;
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const layers: (Descriptor & { diffId: string })[] = [];
  for (const write of options.layers) layers.push(await addLayer(layout, write, gzip));
  const config = addJson(layout, `${OCI}.config.v1+json`, {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: options.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const mediaType = `${OCI}.manifest.v1+json`;
  const descriptors = layers.map(({ diffId: _, ...descriptor }) => descriptor);
  const manifest = addJson(layout, mediaType, { schemaVersion: 2, mediaType, config, layers: descriptors });
  const annotations = { 'org.opencontainers.image.ref.name': name };
  writeJson(join(layout, 'index.json'), { schemaVersion: 2, manifests: [{ ...manifest, annotations }] });
  writeJson(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
}

async function addLayer(
  layout: string,
  write: (file: string) => Promise<unknown>,
  gzip: boolean,
): Promise<Descriptor & { diffId: string }> {
  const file = join(layout, 'layer.tar');
  await write(file);
  const diffId = await digestOf(file);
  const blob = gzip ? await compress(file) : file;
  const digest = gzip ? await digestOf(blob) : diffId;
  const size = statSync(blob).size;
  renameSync(blob, blobPath(layout, digest));
  return { mediaType: `${OCI}.layer.v1.tar${gzip ? '+gzip' : ''}`, digest, size, diffId };
}

async function compress(file: string): Promise<string> {
  const compressed = `${file}.gz`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(compressed));
  rmSync(file);
  return compressed;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return `sha256:${hash.digest('hex')}`;
}

function addJson(layout: string, mediaType: string, document: unknown): Descriptor {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  writeFileSync(blobPath(layout, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

function writeJson(file: string, document: unknown): void {
  writeFileSync(file, JSON.stringify(document));
}
