import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestKubeApi } from '@sluice/testkit/kubernetes';
import { createTestCertificates, type TestCertificates } from '@sluice/testkit/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAskApi } from './ask-api.ts';
import { inClusterAccess } from './in-cluster-access.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';

let dir: string;
let certificates: TestCertificates;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-kube-'));
  certificates = await createTestCertificates();
  await writeFile(join(dir, 'ca.crt'), certificates.ca);
  await writeFile(join(dir, 'token'), 'pod-token\n');
});
afterAll(() => rm(dir, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function kubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(dir, 'kubeconfig');
  const ca = { 'certificate-authority-data': base64(certificates.ca) };
  const content = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...ca, ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(content));
  return path;
}

const signal = AbortSignal.timeout(20_000);
const lists = async (access: Parameters<typeof createAskApi>[0]) => {
  using api = createAskApi(access);
  const body = await api.get('/api/v1/secrets', { signal, idleMs: 5000 });
  body.resume();
  return body.statusCode;
};

describe('access to the API', () => {
  it('of a pod to its own cluster: authority, and the token that is in the file now', async () => {
    await using api = await createTestKubeApi({ certificates, token: 'pod-token' });
    const [host, port] = api.host.split(':');
    const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
    const access = await inClusterAccess({ env, directory: dir });
    expect(await lists(access)).toBe(200);
    api.changeToken('next-token');
    await expect(lists(access)).rejects.toMatchObject({ code: 'REFUSED' });
    await writeFile(join(dir, 'token'), 'next-token');
    expect(await lists(access)).toBe(200);
    await expect(inClusterAccess({ env: {} })).rejects.toThrow('this is no pod');
  });

  it('by a client certificate', async () => {
    await using api = await createTestKubeApi({ certificates, clientCertificate: true });
    const { cert, key } = certificates.client;
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    expect(await lists(await kubeconfigAccess(await kubeconfig(user, { server: api.url })))).toBe(200);
    await expect(
      lists(await kubeconfigAccess(await kubeconfig({}, { server: api.url }))),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('only where the certificate of the server is right, or that is not wanted', async () => {
    await using api = await createTestKubeApi({ certificates });
    const stranger = { server: api.url, 'certificate-authority-data': undefined };
    const access = await kubeconfigAccess(await kubeconfig({}, stranger));
    await expect(lists(access)).rejects.toThrow('cannot be reached');
    const careless = { ...stranger, 'insecure-skip-tls-verify': true };
    expect(await lists(await kubeconfigAccess(await kubeconfig({}, careless)))).toBe(200);
    const named = { server: api.url, 'tls-server-name': 'elsewhere.example' };
    await expect(lists(await kubeconfigAccess(await kubeconfig({}, named)))).rejects.toThrow(
      'cannot be reached',
    );
  });

  it.each([
    [{ exec: { command: 'aws' } }, {}, /the user has 'exec', and programs are not run here: use a token/],
    [{ 'auth-provider': { name: 'gcp' } }, {}, /'auth-provider'/],
    [{}, { server: 'http://127.0.0.1' }, /no https:\/\/ address/],
    [{}, { 'proxy-url': 'http://proxy' }, /'proxy-url'/],
    [{ 'client-key-data': base64('key') }, {}, /needs a key, and a key a certificate/],
    [{ 'client-certificate': 'none.pem' }, {}, /none.pem: cannot be read \(ENOENT\)/],
  ])('is not guessed from %j %j', async (user, cluster, says) => {
    const failed = kubeconfigAccess(await kubeconfig(user, cluster));
    await expect(failed).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(says) });
  });

  it('says what is wrong with a file, and nothing that is in it', async () => {
    const path = join(dir, 'broken');
    await writeFile(path, 'users: [{ user: { token: hidden-token }');
    await expect(kubeconfigAccess(path)).rejects.toThrow(`${path}: is neither YAML nor JSON`);
    await writeFile(path, 'current-context: none');
    await expect(kubeconfigAccess(path)).rejects.toThrow("'contexts' has no entry 'none'");
    const access = await kubeconfigAccess(await kubeconfig({ tokenFile: 'empty' }));
    await writeFile(join(dir, 'empty'), 'hidden token');
    await expect(access.authorization()).rejects.toThrow(/empty: holds no token$/);
  });

  it('with a password, where that is what there is', async () => {
    const access = await kubeconfigAccess(await kubeconfig({ username: 'u', password: 'p' }));
    expect(await access.authorization()).toBe(`Basic ${base64('u:p')}`);
  });
});
