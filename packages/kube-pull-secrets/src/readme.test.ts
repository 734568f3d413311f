import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as registryPackage from '@sluice/registry';
import { createTestKubeApi, pullSecret } from '@sluice/testkit/kubernetes';
import { createTestCertificates, createTestRegistry } from '@sluice/testkit/registry';
import { expect, test } from 'vitest';
import * as kubePackage from './index.ts';

type ClusterRegistry = (kubeconfig: string) => {
  client: registryPackage.RegistryClient;
  secrets: kubePackage.KubePullSecrets;
};

async function exampleOf(name: string): Promise<ClusterRegistry> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const body = stripTypeScriptTypes(example).replace(
    /import (\{.*?\}) from '(.*?)';/gs,
    (_all, names: string, from: string) => `const ${names} = modules['${from}'];`,
  );
  const modules = { '@sluice/kube-pull-secrets': kubePackage, '@sluice/registry': registryPackage };
  return new Function('modules', `${body}; return ${name};`)(modules) as ClusterRegistry;
}

test('a private registry is read with the pull secrets of a namespace, as the README shows', async () => {
  const clusterRegistry = await exampleOf('clusterRegistry');
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const account = { username: 'me', password: 'pull secret' };
  const registry = stack.use(await createTestRegistry({ auth: { kind: 'bearer', ...account } }));
  const certificates = await createTestCertificates();
  const api = stack.use(await createTestKubeApi({ certificates }));
  api.put(pullSecret('registry', { [registry.host]: account }, { namespace: 'web' }));
  const kubeconfig = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority': 'ca.crt' } }],
    users: [{ name: 'u', user: {} }],
  };
  await writeFile(join(dir, 'ca.crt'), certificates.ca);
  await writeFile(join(dir, 'kubeconfig'), JSON.stringify(kubeconfig));
  const { client, secrets } = clusterRegistry(join(dir, 'kubeconfig'));
  stack.use(secrets);
  stack.use(client);
  const bytes = randomBytes(100);
  const reference = { host: registry.host, repository: 'team/app' };
  const blob = await client.openBlob(reference, registry.addBlob(bytes), { size: 100 });
  expect(Buffer.from(await blob.read(0, 10)).equals(bytes.subarray(0, 10))).toBe(true);
});
