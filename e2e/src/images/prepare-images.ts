import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Ctr, createCtr } from '../clients/ctr.ts';
import { containerdVersions } from '../machine/containerd-version.ts';
import { places } from '../machine/places.ts';
import { startContainerd } from '../machine/start-containerd.ts';
import { startRegistry } from '../machine/start-registry.ts';
import { run } from '../process/run.ts';
import { listTree } from '../tree/list-tree.ts';
import { writeImageFacts } from './image-facts.ts';
import { imageNames } from './image-names.ts';
import { pushMixedImage } from './push-mixed-image.ts';

// Runs in the container, once: takes the archives python.tar and pause.tar in the images' directory, converts with
// tools that are not ours, fills the registry, and writes down what is known of the images.
const SLOW_TIMEOUT_MS = 180_000;
const storage = join(places.images, 'registry');
mkdirSync(storage, { recursive: true });

await using _registry = await startRegistry({ storage, directory: places.state, readOnly: false });
await using containerd = await startContainerd({
  version: containerdVersions[0]!,
  directory: join(places.state, 'containerd'),
  // None is asked for here.
  sluiceRoot: '/nonexistent',
  sluiceAddress: '/nonexistent/sluice.sock',
});
const ctr = createCtr(containerdVersions[0]!, containerd.address, containerd.log);

await importImage(ctr, 'python.tar', imageNames.ordinary);
await importImage(ctr, 'pause.tar', imageNames.pause);
await ctr.ctrRemote(
  [
    'images',
    'convert',
    '--estargz',
    '--estargz-compression-level',
    '4',
    '--oci',
    imageNames.ordinary,
    imageNames.lazy,
  ],
  {
    timeoutMs: SLOW_TIMEOUT_MS,
  },
);
for (const name of [imageNames.ordinary, imageNames.lazy, imageNames.pause]) {
  await ctr.ctr(['images', 'push', '--plain-http', name], { timeoutMs: SLOW_TIMEOUT_MS });
}
const layers = await pushMixedImage();
writeImageFacts(places.images, { layers, tree: await unpackOrdinary() });

/** @param archive of an OCI image layout, or of what `docker save` writes */
async function importImage({ ctr }: Ctr, archive: string, name: string): Promise<void> {
  const imported = 'sluice.test/imported';
  const options = ['--no-unpack', '--digests', '--base-name', imported];
  await ctr(['images', 'import', ...options, join(places.images, archive)], { timeoutMs: SLOW_TIMEOUT_MS });
  const { stdout } = await ctr(['images', 'ls', '-q']);
  const found = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('localhost:'));
  if (found.length === 0) throw new Error(`${archive} has brought no image, but:\n${stdout}`);
  await ctr(['images', 'tag', found[0]!, name]);
  await ctr(['images', 'rm', ...found]);
}

/** The tree of the ordinary image, as umoci unpacks it. */
async function unpackOrdinary() {
  const layout = join(places.state, 'layout');
  const bundle = join(places.state, 'bundle');
  mkdirSync(layout);
  await ctr.ctr(['images', 'export', join(places.state, 'ordinary.tar'), imageNames.ordinary]);
  await run(['tar', '-xf', join(places.state, 'ordinary.tar'), '-C', layout]);
  const tag = imageNames.ordinary.slice(imageNames.ordinary.lastIndexOf(':') + 1);
  await run(['umoci', 'unpack', '--image', `${layout}:${tag}`, bundle], { timeoutMs: SLOW_TIMEOUT_MS });
  return listTree(join(bundle, 'rootfs'));
}
