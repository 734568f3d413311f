import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.ts';
import { hasImage } from './has-image.ts';
import { inputHash } from './input-hash.ts';

export interface ImageRecipe {
  /** What the image's name ends in, before its tag. */
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
  const tag = inputHash({ paths: [file, ...copied(file)], texts: Object.entries(recipe.args).flat() });
  const image = `localhost/sluice-e2e-${recipe.name}:${tag}`;
  if (await hasImage(engine, image)) return image;
  console.log(`Building ${image} of e2e/${recipe.containerfile}`);
  const args = Object.entries(recipe.args).map(([name, value]) => `--build-arg=${name}=${value}`);
  const command = ['build', '--network=host', ...args, '--tag', image, '--file', file, directory];
  await engine.run(command, { timeoutMs: BUILD_TIMEOUT_MS, signal });
  return image;
}

/** The files of e2e/image that a Containerfile names. */
function copied(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const sources = join(directory, 'image');
  return readdirSync(sources)
    .filter((name) => text.includes(`image/${name}`))
    .map((name) => join(sources, name));
}
