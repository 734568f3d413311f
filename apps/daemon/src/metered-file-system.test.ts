import { NotLazyError } from '@sluice/snapshotter-core';
import { describe, expect, it } from 'vitest';
import { meteredFileSystem } from './metered-file-system.ts';
import { createMetrics } from './metrics.ts';
import { createNoFileSystem } from './no-file-system.ts';

describe('meteredFileSystem', () => {
  it('counts why layers are not mounted lazily, and passes the reason on', async () => {
    const metrics = createMetrics();
    await using fileSystem = meteredFileSystem(createNoFileSystem('there is no /dev/fuse'), metrics);
    await expect(fileSystem.mount('/m', {})).rejects.toBeInstanceOf(NotLazyError);
    expect(metrics.totals().fallbacks).toEqual({ 'mount-failed': 1 });
  });

  it('does not count restores and checks as fallbacks', async () => {
    const metrics = createMetrics();
    await using fileSystem = meteredFileSystem(createNoFileSystem('there is no /dev/fuse'), metrics);
    await expect(fileSystem.restore('/m', {})).rejects.toThrow('there is no /dev/fuse');
    await expect(fileSystem.check('/m', {})).rejects.toThrow('there is no /dev/fuse');
    await fileSystem.unmount('/m');
    expect(fileSystem.usage('/m')).toEqual({ sizeBytes: 0, inodes: 0 });
    expect(metrics.totals().fallbacks).toEqual({});
  });
});
