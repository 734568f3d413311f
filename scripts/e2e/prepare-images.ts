import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from './build-image.ts';
import type { ContainerEngine } from './container-engine.ts';
import { inputHash } from './input-hash.ts';
import { runContainer } from './run-container.ts';

const SAVE_TIMEOUT_MS = 120_000;
const PREPARE_TIMEOUT_MS = 300_000;
const sources = join(import.meta.dirname, '..', '..', 'e2e', 'src');
/** What says how the registry is filled. */
const recipes = ['images', 'tree/list-tree.ts', 'tree/list-attributes.ts'].map((path) => join(sources, path));

/**
 * Fills the registry of the tests, unless that was done with the same inputs: builds the images, and has the tools
 * of the tests' container convert, push and unpack them. Returns the directory, and the images
 * that it was made of.
 */
export async function prepareImages(
  engine: ContainerEngine,
  options: { baseImage: string; image: string; cacheDir: string; signal: AbortSignal },
): Promise<{ imagesDir: string; built: readonly string[] }> {
  const { baseImage, image, cacheDir, signal } = options;
  const python = { name: 'python', containerfile: 'python.Containerfile', args: { BASE_IMAGE: baseImage } };
  const pause = { name: 'pause', containerfile: 'pause.Containerfile', args: { E2E_IMAGE: image } };
  const built = [await buildImage(engine, python, signal), await buildImage(engine, pause, signal)];
  const hash = inputHash({ paths: recipes, texts: built });
  const imagesDir = join(cacheDir, 'e2e', `images-${hash}`);
  if (existsSync(imagesDir)) return { imagesDir, built };
  console.log('Converting the images to eStargz and filling a registry with them');
  const unfinished = mkdtempSync(join(cacheDir, 'e2e', 'unfinished-'));
  try {
    await save(engine, { image: built[0]!, archive: join(unfinished, 'python.tar'), signal });
    await save(engine, { image: built[1]!, archive: join(unfinished, 'pause.tar'), signal });
    await fillRegistry(engine, { image, imagesDir: unfinished, signal });
    renameSync(unfinished, imagesDir);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return { imagesDir, built };
}

async function save(
  engine: ContainerEngine,
  { image, archive, signal }: { image: string; archive: string; signal: AbortSignal },
): Promise<void> {
  const format = engine.name === 'podman' ? ['--format', 'oci-archive'] : [];
  await engine.run(['save', ...format, '--output', archive, image], { timeoutMs: SAVE_TIMEOUT_MS, signal });
}

async function fillRegistry(
  engine: ContainerEngine,
  options: { image: string; imagesDir: string; signal: AbortSignal },
): Promise<void> {
  const { status, stdout, stderr } = await runContainer(engine, {
    ...options,
    nodeArgs: ['src/images/prepare-images.ts'],
    directory: 'e2e',
    imagesWritable: true,
    env: {},
    timeoutMs: PREPARE_TIMEOUT_MS,
    onOutput: () => undefined,
  });
  if (status !== 0) throw new Error(`Preparing the images ended with ${status}:\n${stdout}${stderr}`);
  for (const archive of ['python.tar', 'pause.tar']) rmSync(join(options.imagesDir, archive));
}
