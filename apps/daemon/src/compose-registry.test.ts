import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestKubeApi, pullSecret } from '@sluice/testkit/kubernetes';
import { createTestCertificates, createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeRegistry } from './compose-registry.ts';
import type { Config } from './config/config.ts';
import { parseConfig } from './config/parse-config.ts';
import { createMetrics } from './metrics.ts';

const account = { username: 'me', password: 'of the node' } as const;

let stack: AsyncDisposableStack;
let dir: string;
let registry: TestRegistry;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  dir = await mkdtemp(join(tmpdir(), 'sluice-compose-'));
  stack.defer(() => rm(dir, { recursive: true }));
  registry = stack.use(await createTestRegistry({ auth: { kind: 'basic', ...account } }));
});
afterEach(() => stack.disposeAsync());

/** docker's credentials are wrong, the plugin's are right. */
async function composed(text: string) {
  const auth = Buffer.from('me:of docker').toString('base64');
  await writeFile(join(dir, 'docker.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';
  const answer = {
    apiVersion,
    kind: 'CredentialProviderResponse',
    cacheKeyType: 'Global',
    auth: { [registry.host]: account },
  };
  await writeFile(join(dir, 'plugin'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
  const provider = { name: 'plugin', matchImages: [registry.host], defaultCacheDuration: '1h', apiVersion };
  const kind = { apiVersion: 'kubelet.config.k8s.io/v1', kind: 'CredentialProviderConfig' };
  await writeFile(join(dir, 'providers.json'), JSON.stringify({ ...kind, providers: [provider] }));
  const config = { ...parseConfig(text.replaceAll('DIR', dir), 'f'), root: dir } as Config;
  const problems: string[] = [];
  const logger = pino({ level: 'silent' });
  const parts = stack.use(new AsyncDisposableStack());
  const composed = await composeRegistry({ config, logger, metrics: createMetrics(), parts, problems });
  return { ...composed, problems };
}

const docker = '[registry]\ndocker_config = "DIR/docker.json"\n';
const plugins =
  '[kubelet]\ncredential_provider_config = "DIR/providers.json"\ncredential_provider_bin_dir = "DIR"\n';

describe('composeRegistry', () => {
  it.each([
    ['docker first, and the next source where its credentials are refused', '', [401, 401, 206]],
    ['in the order that is configured', 'credentials = ["kubelet", "docker"]\n', [401, 206]],
    ['and no others', 'credentials = ["docker"]\n', [401, 401]],
  ])('asks the sources of credentials: %s', async (_name, order, statuses) => {
    const { client, problems } = await composed(`${docker}${order}${plugins}`);
    const digest = registry.addBlob(Buffer.from('bytes'));
    const blob = await client.openBlob({ host: registry.host, repository: 'a' }, digest, { size: 5 });
    const read = await blob.read(0, 5).catch((error: Error) => error);
    expect(registry.requests.map(({ status }) => status)).toEqual(statuses);
    if (statuses.includes(206)) expect(Buffer.from(read as Uint8Array).toString()).toBe('bytes');
    else expect((read as Error).message).toContain('the registry refuses the credentials');
    expect(problems).toEqual([]);
  });

  it('asks the pull secrets of a cluster, over TLS', async () => {
    const certificates = await createTestCertificates();
    const token = 'a-token';
    const api = stack.use(await createTestKubeApi({ certificates, token }));
    api.put(pullSecret('pull', { [registry.host]: account }));
    const kubeconfig = {
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        {
          name: 'c',
          cluster: {
            server: api.url,
            'certificate-authority-data': Buffer.from(certificates.ca).toString('base64'),
          },
        },
      ],
      users: [{ name: 'u', user: { token } }],
    };
    await writeFile(join(dir, 'kubeconfig'), JSON.stringify(kubeconfig));
    const { client, problems } = await composed(
      `${docker}[kubernetes]\npull_secrets = true\nkubeconfig = "DIR/kubeconfig"\n`,
    );
    const digest = registry.addBlob(Buffer.from('bytes'));
    const blob = await client.openBlob({ host: registry.host, repository: 'a' }, digest, { size: 5 });
    expect(Buffer.from(await blob.read(0, 5)).toString()).toBe('bytes');
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 401, 206]);
    expect(problems).toEqual([]);
  });

  it('says that half of the settings of plugins are not enough', async () => {
    const { problems } = await composed('[kubelet]\ncredential_provider_bin_dir = "DIR"');
    expect(problems.join()).toContain('credential provider plugins are not asked');
  });

  it('has a proxy of containerd’s image service only where that is configured', async () => {
    expect((await composed('')).criProxy).toBeUndefined();
    expect((await composed('[cri]\ncontainerd_address = "/run/none.sock"')).criProxy).toBeDefined();
  });
});
