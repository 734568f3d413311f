import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { places } from '../machine/places.ts';
import { startRegistry } from '../machine/start-registry.ts';

/** Of vitest: one registry for all cases. Nobody writes to it. */
export async function setup(): Promise<() => Promise<unknown>> {
  const directory = join(places.state, 'registry');
  mkdirSync(directory);
  const registry = await startRegistry({
    storage: join(places.images, 'registry'),
    directory,
    readOnly: true,
  });
  return () => registry.stop();
}
