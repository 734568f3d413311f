import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test}/**/*.test.ts',
      'scripts/**/*.test.ts',
      // Its cases run in a container: e2e/README.md.
      'e2e/src/{process,tree}/*.test.ts',
    ],
    // Tests that need a build (scripts/built.ts), or mount or need other privileges, say so in their names.
    exclude: [
      ...configDefaults.exclude,
      '**/*.built.test.ts',
      ...(process.getuid?.() === 0 ? [] : ['**/*.root.test.ts']),
    ],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    execArgv: ['--conditions=source'],
  },
});
