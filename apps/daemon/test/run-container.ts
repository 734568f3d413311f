import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildEstargz, type LayerFile } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { expect } from 'vitest';
import type { DaemonHome } from './daemon-home.ts';
import { manyFiles, type ReadReport, type ReadTask } from './many-files.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { type PublishedImage, publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

/** Disposing it ends it, and takes its root and its registry away. */
export interface Container extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly image: PublishedImage;
  /** Its root file system. */
  readonly rootfs: string;
  /** Ends the reading. */
  stop(): Promise<ReadReport>;
}

const big = noise(6 << 20);
const directories = ['bin', 'small', ...Array.from({ length: 30 }, (_, index) => `small/${index}`)];
/** The layer that containers read. */
export const containerLayer = buildEstargz([
  ...directories.map((name): LayerFile => ({ name, type: 'dir' })),
  { name: 'bin/true', type: 'reg', content: readFileSync('/bin/true'), mode: 0o755 },
  { name: 'big', type: 'reg', content: big },
  ...manyFiles().map(({ name, content }): LayerFile => ({ name, type: 'reg', content })),
]);

/** A configuration with which only what is read comes, so that reads are under way when the daemon ends. */
export const lazyConfig = '[fetch]\nprefetch = false\nbackground = false\nlearn = false\n';

/** Mounts the layer, makes a container's root on it, and reads there in a process of its own. */
export async function runContainer(home: DaemonHome): Promise<Container> {
  await using parts = new AsyncDisposableStack();
  const registry = parts.use(await createTestRegistry());
  const image = publishImage(registry, [containerLayer]);
  using client = createSnapshotsClient(home.address);
  const prepared = client.prepare('extract', '', image.labelsOf(containerLayer));
  await expect(prepared).rejects.toMatchObject({ code: 6 });
  const { path } = parts.use(mountRootfs(home, await client.prepare('container', containerLayer.diffId)));
  const sha256 = createHash('sha256').update(big).digest('hex');
  const reader = startReader({ rootfs: path, bigSha256: sha256, bigBytes: big.length });
  parts.defer(() => void reader.kill('SIGKILL'));
  await once(reader, 'message');
  const owned = parts.move();
  return {
    registry,
    image,
    rootfs: path,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
    async stop() {
      const said = once(reader, 'message');
      reader.send('stop');
      const [report] = await said;
      return report as ReadReport;
    },
  };
}

function startReader(task: ReadTask): ChildProcess {
  return fork(join(import.meta.dirname, 'read-until-stopped.ts'), [JSON.stringify(task)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
