import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createImageClient } from '../../../packages/cri-proxy/test/image-client.ts';
import { pullMessage } from '../../../packages/cri-proxy/test/pull-message.ts';
import { imageServiceOf, serve } from '../../../packages/cri-proxy/test/serve.ts';
import { createDaemonHome } from './daemon-home.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const layer = buildEstargz([{ name: 'file', type: 'reg', content: 'content' }]);
const second = buildEstargz([{ name: 'other', type: 'reg', content: 'another' }]);
const account = { username: 'me', password: 'pull-secret-of-ours' };

/** gRPC ALREADY_EXISTS: the layer is mounted lazily. */
const LAZILY = { code: 6 };

describe('a kubelet that pulls through sluiced', () => {
  it.each([
    [false, 'until it ends'],
    [true, 'in the next life, too, where that is configured'],
  ])('teaches it the credentials of an image, with remember_credentials = %s: %s', async (remembers) => {
    await using stack = new AsyncDisposableStack();
    const registry = stack.use(await createTestRegistry({ auth: { kind: 'bearer', ...account } }));
    const home = stack.use(createDaemonHome());
    const containerd = join(home.directory, 'c.sock');
    const pulls: Buffer[] = [];
    const service = imageServiceOf((name, call, answer) => {
      if (name === 'PullImage') pulls.push(call.request);
      answer(null, call.request);
    });
    stack.use(await serve(containerd, service));
    const config = `[log]\nlevel = "debug"\n[cri]\ncontainerd_address = "${containerd}"\nremember_credentials = ${remembers}\n`;
    const [image, other] = [publishImage(registry, [layer]), publishImage(registry, [second])];
    const daemon = await home.start({ config });
    const kubelet = stack.use(createImageClient(home.address));
    using client = createSnapshotsClient(home.address);

    expect(await client.prepare('1', '', image.labelsOf(layer))).toHaveLength(1);
    const message = pullMessage({ image: image.reference, ...account });
    expect((await kubelet.call('PullImage', message)).equals(message)).toBe(true);
    expect(pulls).toEqual([message]);
    await expect(client.prepare('2', '', image.labelsOf(layer))).rejects.toMatchObject(LAZILY);
    expect(daemon.stderr()).not.toContain(account.password);
    await daemon.stop();

    const kept = readdirSync(home.root).filter((name) => name === 'pull-credentials.json');
    expect(kept).toHaveLength(remembers ? 1 : 0);
    for (const name of kept) {
      expect(statSync(join(home.root, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(home.root, name), 'utf8')).toContain(account.password);
    }
    const again = await home.start({ config });
    using anew = createSnapshotsClient(home.address);
    const prepared = anew.prepare('3', '', other.labelsOf(second));
    if (remembers) await expect(prepared).rejects.toMatchObject(LAZILY);
    else expect(await prepared).toHaveLength(1);
    expect(again.stderr()).not.toContain(account.password);
    await again.stop();
  });
});
