import { dirname, join } from 'node:path';
import type { Config } from './config/config.ts';

/** Where a file lies for each mount that is to outlive the daemon: what is open in it. */
export function mountsDirectory({ address }: Pick<Config, 'address'>): string {
  return join(dirname(address), 'mounts');
}
