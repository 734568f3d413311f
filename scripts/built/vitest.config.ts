import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

// Tests of what `npm run build` has made: they need a build, so other runs leave them out.
const { include: _include, exclude: _exclude, ...test } = base.test ?? {};

export default mergeConfig(
  { ...base, test },
  defineConfig({
    test: {
      include: ['{apps,packages}/*/test/*.built.test.ts', 'scripts/built/*.built.test.ts'],
      exclude: configDefaults.exclude,
    },
  }),
);
