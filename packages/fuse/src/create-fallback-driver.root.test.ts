import { dir, file, useDriver } from '@sluice/testkit/fuse';
import { describe, expect, it } from 'vitest';
import { createFallbackDriver } from './create-fallback-driver.ts';
import type { FuseDriver } from './fuse-driver.ts';
import { FuseError } from './fuse-error.ts';
import { createKernelDriver } from './kernel/create-kernel-driver.ts';

/** Stands for a driver whose library is missing on the machine: one that is there cannot be made to miss it. */
function createUnusableDriver(attempts: string[]): FuseDriver {
  return {
    name: 'fuse-native',
    async mount(mountpoint) {
      attempts.push(mountpoint);
      throw new FuseError('DRIVER_UNAVAILABLE', 'libfuse.so.2 is not installed');
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

describe('the fallback driver', () => {
  const attempts: string[] = [];
  const context = useDriver({
    createDriver: (deps) =>
      createFallbackDriver(deps, [createUnusableDriver(attempts), createKernelDriver(deps)]),
  });

  it('stays with the first driver that has mounted', async () => {
    expect(context.driver.name).toBe('fuse-native');
    await context.serve(dir({ f: file('one') }));
    await context.serve(dir({ f: file('two') }), { mountpoint: `${context.base}/other` });
    expect(context.driver.name).toBe('kernel');
    expect(attempts).toEqual([context.mountpoint]);
  });
});

describe('the fallback driver without a driver that works', () => {
  const context = useDriver({
    createDriver: (deps) => createFallbackDriver(deps, [createUnusableDriver([])]),
  });

  it("says what the first driver's reason was", async () => {
    const failed = context.serve(dir({}));
    await expect(failed).rejects.toMatchObject({
      code: 'DRIVER_UNAVAILABLE',
      message: expect.stringContaining('libfuse.so.2'),
    });
  });
});
