import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.ts';

/** Removes what earlier states of the sources have left in the caches: images of the engine, and filled registries. */
export async function removeOutdated(
  engine: ContainerEngine,
  current: { images: readonly string[]; imagesDir: string; cacheDir: string },
): Promise<void> {
  const kept = new Set(current.images);
  const { stdout } = await engine.run(['images', '--format', '{{.Repository}}:{{.Tag}}']);
  for (const name of stdout.split('\n')) {
    const outdated = name.startsWith('localhost/sluice-e2e-') && !kept.has(name);
    // One that another run still uses stays for now.
    if (outdated) await engine.run(['rmi', name], { mayFail: true });
  }
  const directory = join(current.cacheDir, 'e2e');
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith('images-'))) {
    const path = join(directory, name);
    if (path !== current.imagesDir) rmSync(path, { recursive: true, force: true });
  }
}
