import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseImageReference } from '@sluice/registry';
import { buildEstargz } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { makeTestImage } from '../../test/test-image.ts';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import { createManifestFiles } from './manifest-files.ts';

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const image = await makeTestImage([buildEstargz([])]);
  const reference = parseImageReference(image.reference);
  const open = () => createManifestFiles({ registry: image.client }, { directory: directory.path });
  const path = join(directory.path, image.manifestDigest.slice(7));
  const cleanUp = async () => {
    await image[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  };
  return { image, reference, open, path, [Symbol.asyncDispose]: cleanUp };
}

describe('createManifestFiles', () => {
  it('fetches a manifest once, for callers at one time and for later lives', async () => {
    await using test = await setUp();
    const files = test.open();
    const get = () => files.get(test.reference, test.image.manifestDigest);
    const [one, other] = await Promise.all([get(), get()]);
    expect(Buffer.from(one).equals(other)).toBe(true);
    await test.open().get(test.reference, test.image.manifestDigest);
    expect(test.image.registry.requests).toHaveLength(1);
  });

  it('does not trust a file that has changed', async () => {
    await using test = await setUp();
    const bytes = await test.open().get(test.reference, test.image.manifestDigest);
    await writeFile(test.path, 'something else');
    const again = await test.open().get(test.reference, test.image.manifestDigest);
    expect(Buffer.from(again).equals(bytes)).toBe(true);
    expect((await readFile(test.path)).equals(bytes)).toBe(true);
  });

  it('tries again after a failure', async () => {
    await using test = await setUp();
    const files = test.open();
    test.image.registry.faults.next('manifest', { kind: 'status', status: 403 });
    await expect(files.get(test.reference, test.image.manifestDigest)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await files.get(test.reference, test.image.manifestDigest);
  });
});
