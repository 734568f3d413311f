import { listMounts, unmount } from '@sluice/linux';
import type { ImageLayer } from '@sluice/testkit/estargz';
import { makeTestRoot, type TestRoot } from './test-file-system.ts';
import { makeTestImage, type TestImage } from './test-image.ts';

/** An image, and a root to mount it below. Disposing it fails if something is still mounted there. */
export interface TestMounts extends AsyncDisposable {
  readonly root: TestRoot;
  readonly image: TestImage;
}

export async function makeTestMounts(
  layers: readonly (ImageLayer & { blob: Buffer })[],
): Promise<TestMounts> {
  const root = await makeTestRoot();
  const image = await makeTestImage(layers);
  return {
    root,
    image,
    async [Symbol.asyncDispose]() {
      const left = listMounts().filter((mount) => mount.mountPoint.startsWith(`${root.path}/`));
      for (const { mountPoint } of left) unmount(mountPoint, { detach: true });
      await image[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
      if (left.length > 0) throw new Error(`still mounted: ${left.map((mount) => mount.mountPoint)}`);
    },
  };
}
