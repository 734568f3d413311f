import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.ts';
import { hasImage } from './has-image.ts';
import { inputHash } from './input-hash.ts';

export interface ImageRecipe {
  /** The name without its tag, and what the machine keeps it by. */
  readonly name: string;
  readonly containerfile: string;
  /** Build arguments: the names of other images. */
  readonly args: Readonly<Record<string, string>>;
}

const BUILD_TIMEOUT_MS = 300_000;
const directory = join(import.meta.dirname, '..', '..', 'e2e');

/** Builds an image of e2e/, unless it is there with the same inputs; returns its full name. */
export async function buildImage(
  engine: ContainerEngine,
  recipe: ImageRecipe,
  signal: AbortSignal,
): Promise<string> {
  const file = join(directory, recipe.containerfile);
  const tag = inputHash({
    paths: [file, join(directory, 'image')],
    texts: Object.entries(recipe.args).flat(),
  });
  const image = `localhost/sluice-e2e-${recipe.name}:${tag}`;
  if (await hasImage(engine, image)) return image;
  console.log(`Building ${image} of e2e/${recipe.containerfile}`);
  const args = Object.entries(recipe.args).map(([name, value]) => `--build-arg=${name}=${value}`);
  const command = ['build', '--network=host', ...args, '--tag', image, '--file', file, directory];
  await engine.run(command, { timeoutMs: BUILD_TIMEOUT_MS, signal });
  return image;
}
