import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { type Containerd, startContainerd } from '../lab/start-containerd.ts';
import type { MadeImage } from './make-image.ts';

/** The forms in which an image is in the registry; also their tags. */
export type Variant = 'plain' | 'estargz' | 'optimized';

/** An image in the registry. */
export interface PublishedImage {
  /** Of each form that could be made, the compressed size of all layers, in bytes. */
  readonly compressedBytes: Readonly<Partial<Record<Variant, number>>>;
}

export function repositoryOf({ name, key }: MadeImage): string {
  return `bench/${name}-${key}`;
}

/** Says which forms of an image are in the cached registry. */
export function findPublished(image: MadeImage, cacheDir: string): PublishedImage {
  const file = recordOf(image, cacheDir);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { compressedBytes: {} };
}

/** Those of the forms that are not in the cached registry. */
export function missingVariants(
  image: MadeImage,
  { cacheDir, wanted }: { readonly cacheDir: string; readonly wanted: readonly Variant[] },
): Variant[] {
  const { compressedBytes } = findPublished(image, cacheDir);
  return wanted.filter((variant) => compressedBytes[variant] === undefined);
}

function recordOf({ name, key }: MadeImage, cacheDir: string): string {
  return join(cacheDir, 'bench-start', 'published', `${name}-${key}.json`);
}

export interface PublishOptions {
  /** Of the registry. */
  readonly host: string;
  readonly cacheDir: string;
  readonly wanted: readonly Variant[];
}

/**
 * Pushes an image in the wanted forms, if they are not in the cached registry: as it is, as eStargz, and as eStargz for
 * which an independent tool has watched a start (landmarks). The archive may be removed then.
 */
export async function publishImage(
  context: LabContext,
  image: MadeImage,
  options: PublishOptions,
): Promise<PublishedImage> {
  const { host, cacheDir } = options;
  const missing = missingVariants(image, options);
  const known = findPublished(image, cacheDir);
  if (missing.length === 0) return known;
  const home = `build-${image.name}`;
  const compressedBytes = { ...known.compressedBytes };
  {
    await using builder = await startContainerd(context, { name: home });
    await builder.ctr(['images', 'import', '--base-name', BASE, '--no-unpack', image.archive]);
    for (const variant of missing) {
      const reference = `${host}/${repositoryOf(image)}:${variant}`;
      await makeVariant[variant](builder, reference);
      await builder.ctr(['images', 'push', '--plain-http', reference]);
      compressedBytes[variant] = await sizeOf(builder, reference);
    }
  }
  rmSync(join(context.directory, home), { recursive: true });
  const published = { compressedBytes };
  const file = recordOf(image, cacheDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(published));
  return published;
}

/** Of the image in the builder, before it has a place in a registry. */
const BASE = 'sluice.invalid/bench/image';
/** The tool's default level takes longest to compress; this one is that of most images. */
const FORMAT = ['--oci', '--estargz-compression-level', '6'];
/** For so long the tool watches a start. */
const WATCH_SECONDS = 20;

/** Each makes an image of that form and name of the one that was imported. */
const makeVariant: Readonly<Record<Variant, (builder: Containerd, reference: string) => Promise<unknown>>> = {
  plain: (builder, reference) => builder.ctr(['images', 'tag', `${BASE}:plain`, reference]),
  estargz: (builder, reference) =>
    builder.ctr(['images', 'convert', '--estargz', ...FORMAT, `${BASE}:plain`, reference]),
  optimized: (builder, reference) => {
    const watching = ['--period', String(WATCH_SECONDS)];
    return builder.ctr(['images', 'optimize', ...FORMAT, ...watching, `${BASE}:plain`, reference]);
  },
};

async function sizeOf(builder: Containerd, reference: string): Promise<number> {
  const { stdout: list } = await builder.ctr(['images', 'ls', `name==${reference}`]);
  const digest = /sha256:[0-9a-f]{64}/.exec(list)?.[0];
  if (!digest) throw new LabError('WRONG_RESULT', `ctr-remote does not list ${reference}:\n${list}`);
  const { stdout } = await builder.ctr(['content', 'get', digest]);
  const { layers } = JSON.parse(stdout) as { layers: { size: number }[] };
  return layers.reduce((sum, { size }) => sum + size, 0);
}
