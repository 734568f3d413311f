import { mkdirSync, realpathSync } from 'node:fs';
import type { Config } from './config/config.ts';
import { DaemonError } from './daemon-error.ts';

/**
 * Sees to it that the daemon can run at all, and makes its root directory.
 *
 * @returns the configuration with the root as the kernel names it in mount tables: without symbolic links
 * @throws DaemonError ENVIRONMENT
 */
export function prepareEnvironment(config: Config, uid = process.getuid?.()): Config {
  if (uid !== 0) {
    throw new DaemonError('ENVIRONMENT', 'sluiced mounts file systems, so it must run as root: try sudo');
  }
  try {
    mkdirSync(config.root, { recursive: true, mode: 0o700 });
    return { ...config, root: realpathSync(config.root) };
  } catch (cause) {
    const why = (cause as Error).message;
    throw new DaemonError('ENVIRONMENT', `the root directory ${config.root} cannot be made: ${why}`, {
      cause,
    });
  }
}
