import type { FuseDriver, FuseMount } from './fuse-driver.ts';
import { FuseError } from './fuse-error.ts';
import type { FuseLogger } from './fuse-logger.ts';

/**
 * Mounts by the first of several drivers that can. The first mount that works decides for all later ones; until
 * then each mount tries them in turn.
 *
 * @param drivers at least one; from then on the new driver's to close
 * @returns a driver with the name of the one that is in use, or would be tried first. Its `mount` rejects with the
 *   first driver's error if none of them works: MOUNT_FAILED or DRIVER_UNAVAILABLE. Other errors (BAD_SOURCE,
 *   CLOSED, an abort) say nothing of a driver, and no other one is tried.
 */
export function createFallbackDriver(
  deps: { readonly logger: FuseLogger },
  drivers: readonly [FuseDriver, ...FuseDriver[]],
): FuseDriver {
  let chosen: FuseDriver | undefined;

  async function mount(...args: Parameters<FuseDriver['mount']>): Promise<FuseMount> {
    if (chosen) return await chosen.mount(...args);
    const failures: unknown[] = [];
    for (const driver of drivers) {
      try {
        const mounted = await driver.mount(...args);
        chosen ??= driver;
        return mounted;
      } catch (err) {
        if (!isOfDriver(err)) throw err;
        deps.logger.error({ err, driver: driver.name }, 'a FUSE driver cannot mount');
        failures.push(err);
      }
    }
    throw failures[0];
  }

  async function close(): Promise<void> {
    await Promise.all(drivers.map((driver) => driver.close()));
  }

  return {
    get name() {
      return (chosen ?? drivers[0]).name;
    },
    mount,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isOfDriver(error: unknown): boolean {
  return error instanceof FuseError && (error.code === 'MOUNT_FAILED' || error.code === 'DRIVER_UNAVAILABLE');
}
