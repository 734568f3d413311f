import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { runCommand } from '../lab/run-command.ts';
import { type Containerd, startContainerd } from '../lab/start-containerd.ts';
import { tarArgs } from '../lab/tar-args.ts';
import { writeImageLayout } from '../lab/write-image-layout.ts';
import type { DemoFigures } from './demo-figures.ts';
import { findImageSources } from './image-sources.ts';

/** Of the image before it is converted. */
const NAME = 'sluice.invalid/demo/service';

export const REPOSITORY = 'demo/service:estargz';

/**
 * Makes an image, converts it to eStargz with an independent tool, and pushes it to the registry. Leaves files in
 * `image` and `containerd-build` that nobody needs.
 */
export async function publishImage(context: LabContext, registryPort: number): Promise<DemoFigures['image']> {
  const { directory, progress } = context;
  const work = join(directory, 'image');
  const archive = join(work, 'image.tar');
  const bytes = await progress.stage('Making an image (Node, its libraries, a service)', () =>
    makeArchive(context, work, archive),
  );
  await using builder = await startContainerd(context, { name: 'containerd-build' });
  const reference = `127.0.0.1:${registryPort}/${REPOSITORY}`;
  await progress.stage('Converting it to eStargz with ctr-remote', async () => {
    const imported = ['--base-name', NAME, '--no-unpack', archive];
    await builder.ctr(['images', 'import', ...imported]);
    // The tool's default level takes longest to compress.
    const format = ['--estargz', '--estargz-compression-level', '4', '--oci'];
    await builder.ctr(['images', 'convert', ...format, `${NAME}:plain`, reference]);
  });
  await progress.stage('Pushing it to the registry', () =>
    builder.ctr(['images', 'push', '--plain-http', reference]),
  );
  return { ...(await imageSize(builder, reference)), bytes };
}

async function makeArchive(context: LabContext, work: string, archive: string): Promise<number> {
  const { workspace, env, logs, signal } = context;
  const tar = (args: readonly string[]) =>
    runCommand({ command: 'tar', args, env, logFile: join(logs, 'tar.log'), timeoutMs: 120_000, signal });
  const layout = join(work, 'layout');
  mkdirSync(work);
  const layers = findImageSources({ workspace, directory: work });
  await writeImageLayout({
    layers: layers.map((layer) => (file: string) => tar(['-cf', file, ...tarArgs(layer)])),
    layout,
    name: 'plain',
    config: {
      Cmd: ['/usr/local/bin/node', 'container-app.mjs'],
      Env: ['PATH=/usr/local/bin'],
      WorkingDir: '/app',
    },
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
  if (!digest) throw new LabError('WRONG_RESULT', `ctr-remote does not list ${reference}:\n${list}`);
  const { stdout } = await builder.ctr(['content', 'get', digest]);
  const { layers } = JSON.parse(stdout) as { layers: { size: number }[] };
  return { layers: layers.length, compressedBytes: layers.reduce((sum, { size }) => sum + size, 0) };
}
