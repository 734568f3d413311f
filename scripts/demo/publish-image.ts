import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoContext } from './demo-context.ts';
import { DemoError } from './demo-error.ts';
import type { DemoFigures } from './demo-figures.ts';
import { findImageSources } from './image-sources.ts';
import { runCommand } from './run-command.ts';
import { type Containerd, startContainerd } from './start-containerd.ts';
import { writeImageLayout } from './write-image-layout.ts';

export const REPOSITORY = 'demo/service:estargz';

/** Makes an image, converts it to eStargz with an independent tool, and pushes it to the registry. */
export async function publishImage(
  context: DemoContext,
  registryPort: number,
): Promise<DemoFigures['image']> {
  const { directory, progress } = context;
  const work = join(directory, 'image');
  const archive = join(work, 'image.tar');
  const bytes = await progress.stage('Making an image (Node, its libraries, a service)', () =>
    makeArchive(context, work, archive),
  );
  await using builder = await startContainerd(context, { name: 'containerd-build' });
  const reference = `127.0.0.1:${registryPort}/${REPOSITORY}`;
  const source = 'sluice.invalid/demo/service:plain';
  await progress.stage('Converting it to eStargz with ctr-remote', async () => {
    await builder.ctr([
      'images',
      'import',
      '--base-name',
      'sluice.invalid/demo/service',
      '--no-unpack',
      archive,
    ]);
    await builder.ctr([
      'images',
      'convert',
      '--estargz',
      '--estargz-compression-level',
      '4',
      '--oci',
      source,
      reference,
    ]);
  });
  await progress.stage('Pushing it to the registry', () =>
    builder.ctr(['images', 'push', '--plain-http', reference]),
  );
  rmSync(work, { recursive: true });
  return { ...(await imageSize(builder, reference)), bytes };
}

async function makeArchive(context: DemoContext, work: string, archive: string): Promise<number> {
  const { workspace, env, logs, signal } = context;
  const tar = (args: readonly string[]) =>
    runCommand({ command: 'tar', args, env, logFile: join(logs, 'tar.log'), timeoutMs: 120_000, signal });
  const layout = join(work, 'layout');
  mkdirSync(work);
  const layers = findImageSources({ workspace, directory: work });
  await writeImageLayout({
    layers,
    layout,
    name: 'plain',
    command: ['/usr/local/bin/node', 'container-app.mjs'],
    tar,
  });
  await tar(['-C', layout, '-cf', archive, '.']);
  return statSync(archive).size;
}

async function imageSize(
  builder: Containerd,
  reference: string,
): Promise<{ layers: number; compressedBytes: number }> {
  const { stdout: list } = await builder.ctr(['images', 'ls', `name==${reference}`]);
  const digest = /sha256:[0-9a-f]{64}/.exec(list)?.[0];
  if (!digest) throw new DemoError('WRONG_RESULT', `ctr-remote does not list ${reference}:\n${list}`);
  const { stdout } = await builder.ctr(['content', 'get', digest]);
  const { layers } = JSON.parse(stdout) as { layers: { size: number }[] };
  return { layers: layers.length, compressedBytes: layers.reduce((sum, { size }) => sum + size, 0) };
}
