import { defineConfig, type Options } from 'tsup';

/** The one build recipe: ES modules with declarations, from the entries that a package names. */
export function packageBuild(entry: string[]): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry,
    format: ['esm'],
    target: 'node24',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    tsconfig: '../../tsconfig.json',
  };
  return defineConfig(options);
}
