import type { EstargzBuildOptions } from './estargz-writer.ts';
import type { LayerFile } from './layer-file.ts';

/** The order in which stargz-snapshotter writes a layer: what is wanted first, a landmark, the rest. */
export function arrangeEntries(
  files: readonly LayerFile[],
  options: EstargzBuildOptions,
): readonly LayerFile[] {
  if (options.noLandmark) return files;
  const prioritized = options.prioritized ?? [];
  const landmark = (name: string): LayerFile => ({ name, type: 'reg', content: '\x0f' });
  if (prioritized.length === 0) return [landmark('.no.prefetch.landmark'), ...files];
  const first = prioritized.flatMap((name) => files.filter((file) => file.name === name));
  const rest = files.filter((file) => !first.includes(file));
  return [...first, landmark('.prefetch.landmark'), ...rest];
}
