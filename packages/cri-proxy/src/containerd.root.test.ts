import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createDefaultHosts, createRegistryClient } from '@sluice/registry';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, test } from 'vitest';
import { debianProgram } from '../../registry/test/debian-program.ts';
import { startContainerd } from '../test/containerd.ts';
import { createImageClient } from '../test/image-client.ts';
import { pullMessage } from '../test/pull-message.ts';
import { serve } from '../test/serve.ts';
import { createCriProxy } from './create-cri-proxy.ts';

const ACCOUNT = { username: 'me', password: 'pull secret' } as const;
const TYPE = 'application/vnd.oci.image';

const program = debianProgram('containerd', 'containerd');

/** An image of one layer without files. @returns the layer's digest */
function addImage(registry: TestRegistry): { readonly config: string; readonly layer: string } {
  const tar = Buffer.alloc(1024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
    }),
  );
  const digests = { config: registry.addBlob(config), layer: registry.addBlob(layer) };
  const manifest = {
    schemaVersion: 2,
    mediaType: `${TYPE}.manifest.v1+json`,
    config: { mediaType: `${TYPE}.config.v1+json`, digest: digests.config, size: config.length },
    layers: [{ mediaType: `${TYPE}.layer.v1.tar+gzip`, digest: digests.layer, size: layer.length }],
  };
  const { digest } = registry.addManifest('team/app', manifest, `${TYPE}.manifest.v1+json`);
  registry.tag('team/app', 'v1', digest);
  return digests;
}

describe.skipIf(program === undefined)('a kubelet before containerd, with the proxy between', () => {
  test('pulls with its secret, lists and removes; and the registry client then knows the secret', async () => {
    await using stack = new AsyncDisposableStack();
    const dir = await mkdtemp(join(tmpdir(), 'sluice-cri-'));
    stack.defer(() => rm(dir, { recursive: true }));
    const registry = stack.use(await createTestRegistry({ auth: { kind: 'bearer', ...ACCOUNT } }));
    const { config, layer } = addImage(registry);
    const containerd = stack.use(await startContainerd(program as string));
    const logger = { debug: () => {}, warn: () => {} };
    const proxy = stack.use(createCriProxy({ logger }, { backend: containerd.socket }));
    const socket = join(dir, 'sluice.sock');
    stack.use(await serve(socket, (server) => proxy.register(server)));
    const kubelet = stack.use(createImageClient(socket));
    const image = `${registry.host}/team/app:v1`;

    await expect(kubelet.call('PullImage', pullMessage({ image }))).rejects.toThrow(/authorization|401/i);
    await expect(
      kubelet.call('PullImage', pullMessage({ image, username: 'me', password: 'wrong' })),
    ).rejects.toThrow(/401|unauthorized/i);

    // PullImageResponse { string image_ref = 1; }: the image's ID is its configuration's digest.
    expect(String(await kubelet.call('PullImage', pullMessage({ image, ...ACCOUNT })))).toContain(config);
    expect(String(await kubelet.call('ImageStatus', pullMessage({ image })))).toContain(image);
    expect(String(await kubelet.call('ListImages', Buffer.of()))).toContain(config);
    expect((await kubelet.call('ImageFsInfo', Buffer.of())).length).toBeGreaterThan(0);

    const client = stack.use(
      createRegistryClient({ credentials: proxy.credentials, hosts: createDefaultHosts(), logger }),
    );
    const blob = await client.openBlob({ host: registry.host, repository: 'team/app' }, layer);
    expect(await blob.read(0, 2)).toEqual(Uint8Array.of(0x1f, 0x8b));

    await kubelet.call('RemoveImage', pullMessage({ image }));
    expect((await kubelet.call('ImageStatus', pullMessage({ image }))).length).toBe(0);
  }, 90_000);
});
