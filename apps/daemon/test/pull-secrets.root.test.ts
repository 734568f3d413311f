import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestKubeApi, pullSecret } from '@sluice/testkit/kubernetes';
import { createTestCertificates, createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const layer = buildEstargz([{ name: 'file', type: 'reg', content: 'content' }]);
const account = { username: 'me', password: 'pull-secret-of-ours' };
const token = 'token-of-the-node';
const encoded = Buffer.from(`${account.username}:${account.password}`).toString('base64');

function writeKubeconfig(home: DaemonHome, server: string, ca: string): string {
  const path = join(home.directory, 'kubeconfig');
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const kubeconfig = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token } }],
  };
  writeFileSync(path, JSON.stringify(kubeconfig));
  return `[log]\nlevel = "debug"\n[kubernetes]\npull_secrets = true\nkubeconfig = "${path}"\n`;
}

/** The log, and every file below the root. */
function writtenBy(home: DaemonHome, log: string): string {
  const files = readdirSync(home.root, { recursive: true, withFileTypes: true });
  const regular = files.filter((file) => file.isFile());
  return [log, ...regular.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))].join('\n');
}

describe('sluiced in a cluster', () => {
  it('mounts an image of a private registry as soon as there is a pull secret for it', async () => {
    await using stack = new AsyncDisposableStack();
    const certificates = await createTestCertificates();
    const api = stack.use(await createTestKubeApi({ certificates, token }));
    const registry = stack.use(await createTestRegistry({ auth: { kind: 'bearer', ...account } }));
    const home = stack.use(createDaemonHome());
    const labels = publishImage(registry, [layer]).labelsOf(layer);
    const daemon = await home.start({ config: writeKubeconfig(home, api.url, certificates.ca) });
    using client = createSnapshotsClient(home.address);

    expect(await client.prepare('1', '', labels)).toHaveLength(1);
    await waitUntil(() => api.watches === 2, { what: () => 'both types of secrets are watched' });
    api.put(pullSecret('registry', { [registry.host]: account }, { namespace: 'web' }));
    let attempt = 1;
    await waitUntil(
      async () => {
        attempt += 1;
        const error = await client.prepare(String(attempt), '', labels).then(
          () => undefined,
          (failed: { code?: number }) => failed,
        );
        // ALREADY_EXISTS: it is mounted lazily.
        return error?.code === 6;
      },
      { what: () => 'the layer is mounted' },
    );
    const tokens = registry.requests.map(({ headers }) => headers.authorization?.split(' ')[1]);
    const secrets = [account.password, encoded, token, ...tokens.filter((sent) => sent !== undefined)];
    expect(secrets.length).toBeGreaterThan(4);
    // First, so that no file below the root has to be fetched from this very process.
    await daemon.stop();
    const written = writtenBy(home, daemon.stderr() + daemon.stdout());
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
  });

  it('starts, serves and stops while the API cannot be reached', async () => {
    await using home = createDaemonHome();
    const { ca } = await createTestCertificates();
    const daemon = await home.start({ config: writeKubeconfig(home, 'https://127.0.0.1:1', ca) });
    await waitUntil(
      () => daemon.log().find(({ msg }) => msg.includes('pull secrets of Kubernetes cannot be followed')),
      {
        what: () => 'it says so',
      },
    );
    using client = createSnapshotsClient(home.address);
    expect(await client.prepare('1', '', {})).toHaveLength(1);
    await daemon.stop();
  });
});
