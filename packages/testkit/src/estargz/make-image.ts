import { hash } from 'node:crypto';
import { arch } from 'node:process';

/** What `makeImage` needs to know of a layer: results of the builders here have it. */
export interface ImageLayer {
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageDocument extends Descriptor {
  readonly bytes: Buffer;
}

export interface Image {
  readonly manifest: ImageDocument;
  readonly config: ImageDocument;
  readonly layers: readonly Descriptor[];
}

/** The part of an OCI image's config that says what runs. */
export interface RunConfig {
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
}

/** Puts layers together to an OCI image (image-spec 1.1, manifest.md and config.md) for this machine. */
export function makeImage(layers: readonly ImageLayer[], run: RunConfig = {}): Image {
  const config = document('application/vnd.oci.image.config.v1+json', {
    architecture: arch === 'x64' ? 'amd64' : arch,
    os: 'linux',
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created_by: 'sluice testkit' })),
  });
  const descriptors = layers.map(({ digest, size, annotations }) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest,
    size,
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
  }));
  const manifest = document('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: config.mediaType, digest: config.digest, size: config.size },
    layers: descriptors,
  });
  return { manifest, config, layers: descriptors };
}

function document(mediaType: string, value: unknown): ImageDocument {
  const bytes = Buffer.from(JSON.stringify(value));
  return { mediaType, bytes, digest: `sha256:${hash('sha256', bytes)}`, size: bytes.length };
}
