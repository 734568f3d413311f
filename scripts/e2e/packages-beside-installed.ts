import { join } from 'node:path';
import { missingPackages } from '../debian/ensure-debian-packages.ts';
import { type PrivatePackages, privatePackages } from '../debian-packages.ts';

/** Those of the Debian packages that are not installed, unpacked in the cache; the others are used where they are. */
export function packagesBesideInstalled(names: readonly string[], cacheDir: string): PrivatePackages {
  const missing = missingPackages(names);
  if (missing.length === 0) return { root: join(cacheDir, 'none'), bin: [], lib: [] };
  return privatePackages(missing, cacheDir);
}
