import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { type Containerd, startContainerd } from '../lab/start-containerd.ts';
import { startRegistry } from '../lab/start-registry.ts';
import { startSluiced } from '../lab/start-sluiced.ts';
import type { DemoFigures, RunFigures } from './demo-figures.ts';
import { publishImage, REPOSITORY } from './publish-image.ts';
import { type LinkProcess, startLink } from './start-link.ts';

const LINK = { bitsPerSecond: 100_000_000, roundTripMs: 20 };

/** The demo's stages, in namespaces of their own. Everything that it starts ends before it returns. */
export async function measure(context: LabContext): Promise<DemoFigures> {
  const { progress } = context;
  await using registry = await progress.stage('Starting a registry', () =>
    startRegistry(context, { storage: join(context.directory, 'registry') }),
  );
  const image = await publishImage(context, registry.port);
  await removeFiles(context, ['image', 'containerd-build']);
  const lazy = await runLazily(context, registry.port);
  const whole = await runWhole(context, registry.port);
  if (lazy.output !== whole.output) {
    throw new LabError('WRONG_RESULT', `Lazily it said "${lazy.output}", but whole "${whole.output}".`);
  }
  return { link: LINK, image, lazy, whole };
}

/** What is not needed any more: disks may be small. */
async function removeFiles({ directory }: LabContext, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(directory, name), { recursive: true });
}

async function runLazily(context: LabContext, registryPort: number): Promise<DemoFigures['lazy']> {
  await using link = await startLimitedLink(context, registryPort);
  await using sluiced = await context.progress.stage('Starting sluiced', () =>
    startSluiced(context, join(context.directory, 'sluice')),
  );
  await using containerd = await startContainerd(context, {
    name: 'containerd-lazy',
    snapshotter: { name: 'sluice', address: sluiced.address },
  });
  return await context.progress.stage('Pulling and running it lazily, through Sluice', async () => {
    const run = await pullAndRun({ containerd, link, pull: 'rpull', snapshotter: 'sluice' });
    const { residentBytes, layers } = await sluiced.status();
    return { ...run, lazyLayers: layers.mounted, daemonResidentBytes: residentBytes };
  });
}

async function runWhole(context: LabContext, registryPort: number): Promise<RunFigures> {
  await using link = await startLimitedLink(context, registryPort);
  await using containerd = await startContainerd(context, { name: 'containerd-whole' });
  return await context.progress.stage("Pulling it whole and running it, on containerd's overlayfs", () =>
    pullAndRun({ containerd, link, pull: 'pull', snapshotter: 'overlayfs' }),
  );
}

function startLimitedLink({ signal }: LabContext, targetPort: number): Promise<LinkProcess> {
  const options = {
    targetPort,
    rateBytesPerSecond: LINK.bitsPerSecond / 8,
    delayMs: LINK.roundTripMs / 2,
  };
  return startLink(options, signal);
}

interface PullAndRun {
  readonly containerd: Containerd;
  readonly link: LinkProcess;
  readonly pull: 'pull' | 'rpull';
  readonly snapshotter: string;
}

async function pullAndRun({ containerd, link, pull, snapshotter }: PullAndRun): Promise<RunFigures> {
  const reference = `127.0.0.1:${link.port}/${REPOSITORY}`;
  const on = ['--snapshotter', snapshotter];
  const startedMs = performance.now();
  await containerd.ctr(['images', pull, '--plain-http', ...on, reference]);
  const pulledMs = performance.now();
  const { stdout, firstOutputMs } = await containerd.ctr(['run', '--rm', ...on, reference, snapshotter]);
  if (firstOutputMs === undefined) throw new LabError('WRONG_RESULT', 'The container printed nothing.');
  const { bytesDown } = await link.count();
  return {
    pullSeconds: (pulledMs - startedMs) / 1000,
    firstOutputSeconds: (firstOutputMs - startedMs) / 1000,
    bytesFetched: bytesDown,
    output: stdout.trim(),
  };
}
