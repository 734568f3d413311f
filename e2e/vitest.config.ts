import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { places } from './src/machine/places.ts';

// Runs inside the container: see README.md.
export default defineConfig({
  // The workspace is mounted read-only there.
  cacheDir: join(places.state, 'vite'),
  test: {
    fsModuleCachePath: join(places.state, 'vitest'),
    include: ['src/cases/*.test.ts'],
    globalSetup: ['src/cases/registry-setup.ts'],
    pool: 'forks',
    // One containerd at a time: the machine may have two processors.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    teardownTimeout: 10_000,
  },
});
