import { join } from 'node:path';
import { buildEstargzFile, type LayerFile } from '../../../packages/testkit/src/estargz/index.ts';
import { createTestRegistry } from '../../../packages/testkit/src/registry/index.ts';
import { type BenchSize, benchFiles } from '../bench-tree.ts';

/** The benchmark's files as a layer in a registry on this machine. */
export interface PublishedLayer extends AsyncDisposable {
  /** Names the layer's snapshot. */
  readonly name: string;
  /** With which a client of the stargz snapshotter asks for the layer. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the registry has sent so far. */
  bytesSent(): number;
}

const prefix = 'containerd.io/snapshot';

/** @param directories where the files lie, and where the layer may be written */
export async function publishLayer(
  size: BenchSize,
  { plain, base }: { readonly plain: string; readonly base: string },
): Promise<PublishedLayer> {
  const files = benchFiles(size);
  const parents = new Set(files.flatMap(({ path }) => (path.includes('/') ? [path.split('/')[0]!] : [])));
  const entries: LayerFile[] = [
    ...[...parents].map((name) => ({ name, type: 'dir' as const })),
    ...files.map(({ path, sizeBytes }) => ({
      name: path,
      type: 'reg' as const,
      content: { path: join(plain, path), sizeBytes },
    })),
  ];
  const layer = buildEstargzFile(entries, join(base, 'layer.esgz'), { level: 1 });
  const registry = await createTestRegistry();
  const { digest } = await registry.addBlobFile(layer.path);
  return {
    name: layer.diffId,
    labels: {
      [`${prefix}.ref`]: layer.diffId,
      [`${prefix}/remote/stargz.reference`]: `${registry.host}/bench/files:latest`,
      [`${prefix}/remote/stargz.digest`]: digest,
      [`${prefix}/remote/stargz.layers`]: digest,
      [`${prefix}/stargz/toc.digest`]: layer.tocDigest,
    },
    bytesSent: () => registry.requests.reduce((sum, request) => sum + request.bytesSent, 0),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}
