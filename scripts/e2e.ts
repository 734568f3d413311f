import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { containerdVersions } from '../e2e/src/machine/containerd-version.ts';
import { mountsBelow } from '../e2e/src/machine/mounts-below.ts';
import { ensureBaseImage } from './e2e/base-image.ts';
import { buildImage } from './e2e/build-image.ts';
import { findContainerEngine } from './e2e/container-engine.ts';
import { prepareImages } from './e2e/prepare-images.ts';
import { removeAbandoned } from './e2e/remove-abandoned.ts';
import { removeOutdated } from './e2e/remove-outdated.ts';
import { runCases } from './e2e/run-cases.ts';
import { runSystemdCases } from './e2e/run-systemd-cases.ts';
import { addCounts, addFailure, type Counts, reportCounts } from './steps/counts.ts';

export interface E2eOptions {
  /** Versions of containerd, one after another. Default: all. */
  readonly containerds?: readonly string[];
  /** Whether to test the unit for systemd. Default: unless something says which containerds or tests. */
  readonly systemd?: boolean;
  /** For vitest: files, `-t NAME`. */
  readonly vitestArgs?: readonly string[];
  readonly signal?: AbortSignal;
}

const versionNames = containerdVersions.map(({ name }) => name);

/**
 * Runs the end-to-end tests in privileged containers; see e2e/README.md. Needs root. Leaves nothing but images and
 * packages in .cache, which make the next run quick.
 */
export async function runE2e(options: E2eOptions = {}): Promise<Counts> {
  const { containerds = versionNames, vitestArgs = [], signal = new AbortController().signal } = options;
  const { systemd = !options.containerds && vitestArgs.length === 0 } = options;
  const unknown = containerds.filter((name) => !versionNames.some((known) => known === name));
  if (unknown.length > 0) {
    throw new Error(`There is no containerd ${unknown.join(', ')} here, but ${versionNames.join(', ')}.`);
  }
  const cacheDir = join(import.meta.dirname, '..', '.cache');
  mkdirSync(join(cacheDir, 'e2e'), { recursive: true });
  const engine = await findContainerEngine(cacheDir);
  await removeAbandoned(engine);
  const baseImage = await ensureBaseImage(engine, { cacheDir, signal });
  const recipe = { name: 'node', containerfile: 'Containerfile', args: { BASE_IMAGE: baseImage } };
  const image = await buildImage(engine, recipe, signal);
  const { imagesDir, built } = await prepareImages(engine, { baseImage, image, cacheDir, signal });
  const machine = { name: 'systemd', containerfile: 'systemd.Containerfile', args: { E2E_IMAGE: image } };
  const systemdImage = await buildImage(engine, machine, signal);
  await removeOutdated(engine, { images: [baseImage, image, systemdImage, ...built], imagesDir, cacheDir });
  let total: Counts = { passed: 0, failed: 0 };
  for (const containerd of containerds) {
    console.log(`\n--- containerd ${containerd} (${engine.name})`);
    total = addCounts(total, await runCases(engine, { image, imagesDir, containerd, vitestArgs, signal }));
  }
  if (systemd) {
    console.log(`\n--- systemd (${engine.name})`);
    const cases = { image: systemdImage, imagesDir, vitestArgs, signal };
    total = addCounts(total, await runSystemdCases(engine, cases));
  }
  const left = engine.mountsIn.flatMap((directory) => mountsBelow(directory));
  return left.length > 0 ? addFailure(total, `Mounts were left behind: ${left.join(' ')}`) : total;
}

// `node scripts/run.mjs e2e [--containerd VERSION]... [--systemd] [-- ARGUMENTS OF VITEST]`
if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { containerd: { type: 'string', multiple: true }, systemd: { type: 'boolean' } },
    allowPositionals: true,
  });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Error(`Stopped by ${name}`)));
  }
  reportCounts(
    await runE2e({
      ...(values.systemd && { containerds: [], systemd: true }),
      ...(values.containerd && { containerds: values.containerd }),
      vitestArgs: positionals,
      signal: stop.signal,
    }),
  );
}
