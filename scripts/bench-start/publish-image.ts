import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { type Containerd, startContainerd } from '../lab/start-containerd.ts';
import type { MadeImage } from './make-image.ts';

/** The forms in which an image is in the registry: their tags. */
export const variants = ['plain', 'estargz', 'optimized'] as const;
export type Variant = (typeof variants)[number];

/** An image in the registry. */
export interface PublishedImage {
  /** Of each form that could be made, the compressed size of all layers, in bytes. */
  readonly compressedBytes: Readonly<Partial<Record<Variant, number>>>;
}

export function repositoryOf({ name, key }: MadeImage): string {
  return `bench/${name}-${key}`;
}

/** Says what of an image is in the cached registry; undefined if that is not all. */
export function findPublished(image: MadeImage, cacheDir: string): PublishedImage | undefined {
  const file = recordOf(image, cacheDir);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function recordOf({ name, key }: MadeImage, cacheDir: string): string {
  return join(cacheDir, 'bench-start', 'published', `${name}-${key}.json`);
}

/**
 * Pushes an image in all of its forms: as it is, as eStargz, and as eStargz for which an independent tool has watched
 * a start (landmarks). Removes its archive.
 *
 * @param host of the registry
 */
export async function publishImage(
  context: LabContext,
  image: MadeImage,
  { host, cacheDir }: { readonly host: string; readonly cacheDir: string },
): Promise<PublishedImage> {
  const known = findPublished(image, cacheDir);
  if (known) return known;
  const repository = `${host}/${repositoryOf(image)}`;
  const home = `build-${image.name}`;
  const compressedBytes: Partial<Record<Variant, number>> = {};
  {
    await using builder = await startContainerd(context, { name: home });
    const base = 'sluice.invalid/bench/image';
    await builder.ctr(['images', 'import', '--base-name', base, '--no-unpack', image.archive]);
    await builder.ctr(['images', 'tag', `${base}:plain`, `${repository}:plain`]);
    const format = ['--estargz', '--estargz-compression-level', '6', '--oci'];
    await builder.ctr(['images', 'convert', ...format, `${base}:plain`, `${repository}:estargz`]);
    await optimize(builder, `${base}:plain`, `${repository}:optimized`);
    for (const variant of variants) {
      const reference = `${repository}:${variant}`;
      await builder.ctr(['images', 'push', '--plain-http', reference]);
      compressedBytes[variant] = await sizeOf(builder, reference);
    }
  }
  rmSync(join(context.directory, home), { recursive: true });
  const published = { compressedBytes };
  const file = recordOf(image, cacheDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(published));
  rmSync(image.archive, { force: true });
  return published;
}

/** Seconds that the tool watches a start. */
const WATCH_SECONDS = 20;

async function optimize(builder: Containerd, plain: string, optimized: string): Promise<void> {
  const how = ['--oci', '--period', String(WATCH_SECONDS), '--estargz-compression-level', '6'];
  await builder.ctr(['images', 'unpack', plain]).catch(() => {});
  await builder.ctr(['images', 'optimize', ...how, plain, optimized]);
}

async function sizeOf(builder: Containerd, reference: string): Promise<number> {
  const { stdout: list } = await builder.ctr(['images', 'ls', `name==${reference}`]);
  const digest = /sha256:[0-9a-f]{64}/.exec(list)?.[0];
  if (!digest) throw new LabError('WRONG_RESULT', `ctr-remote does not list ${reference}:\n${list}`);
  const { stdout } = await builder.ctr(['content', 'get', digest]);
  const { layers } = JSON.parse(stdout) as { layers: { size: number }[] };
  return layers.reduce((sum, { size }) => sum + size, 0);
}
