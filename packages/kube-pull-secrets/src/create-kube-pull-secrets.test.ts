import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { createTestKubeApi, pullSecret, type TestKubeApi } from '@sluice/testkit/kubernetes';
import { createTestCertificates, type TestCertificates } from '@sluice/testkit/registry';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKubePullSecrets, type KubePullSecrets, type KubePullSecretsOptions } from './index.ts';

const token = 'the-token-of-the-node';
const account = (password: string) => ({ username: 'puller', password });
const credential = (password: string) => ({ kind: 'basic', ...account(password) });
const limits = { backoffBaseMs: 5, backoffMaxMs: 50, pageSize: 2, idleMs: 5000 };

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await createTestCertificates();
});
let stack: AsyncDisposableStack;
let dir: string;
let api: TestKubeApi;
const logger = createLogRecorder();
beforeEach(async () => {
  logger.lines.length = 0;
  stack = new AsyncDisposableStack();
  dir = await mkdtemp(join(tmpdir(), 'sluice-kube-'));
  stack.defer(() => rm(dir, { recursive: true }));
  api = stack.use(await createTestKubeApi({ certificates, token }));
});
afterEach(async () => {
  await stack.disposeAsync();
  // Nothing of a secret, in whatever form, is ever logged.
  const logged = JSON.stringify(logger.lines, (_key, value: unknown) =>
    value instanceof Error
      ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
      : value,
  );
  for (const secret of [token, 'secret-', Buffer.from('puller:').toString('base64').slice(0, 8)])
    expect(logged).not.toContain(secret);
});

async function open(options: Partial<KubePullSecretsOptions> = {}): Promise<KubePullSecrets> {
  const kubeconfigPath = join(dir, 'kubeconfig');
  await writeFile(join(dir, 'ca.crt'), certificates.ca);
  await writeFile(join(dir, 'token'), `${token}\n`);
  const kubeconfig = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority': 'ca.crt' } }],
    users: [{ name: 'u', user: { tokenFile: 'token' } }],
  };
  await writeFile(kubeconfigPath, JSON.stringify(kubeconfig));
  return stack.use(createKubePullSecrets({ logger }, { kubeconfigPath, limits, ...options }));
}

const passwordOf = async (secrets: KubePullSecrets, host: string, repository = 'team/app') => {
  const found = await secrets.get(host, { repository });
  return found?.kind === 'basic' ? found.password : undefined;
};
/** Bounds what hangs: a busy machine takes its time. */
const patience = { timeout: 20_000 };
const eventually = (secrets: KubePullSecrets, host: string) =>
  expect.poll(() => passwordOf(secrets, host), patience);
const hasLogged = (text: string) => logger.lines.some(({ fields }) => String(fields['err']).includes(text));
const watched = () => expect.poll(() => api.watches, patience).toBe(2);

describe('the pull secrets of a cluster', () => {
  it('are there for the first question, of both types, page by page', async () => {
    for (let at = 0; at < 5; at++)
      api.put(pullSecret(`s${at}`, { [`r${at}.example`]: account(`secret-${at}`) }));
    api.put(pullSecret('old', { 'https://old.example/v1/': account('secret-old') }, { isOld: true }));
    const secrets = await open();
    expect(await secrets.get('r4.example', { repository: 'a' })).toEqual(credential('secret-4'));
    expect(await passwordOf(secrets, 'old.example')).toBe('secret-old');
    expect(await secrets.get('other.example')).toBeUndefined();
    expect(api.requests.filter((path) => path.includes('continue='))).toHaveLength(2);
  });

  it('follow what is added, changed and deleted', async () => {
    const secrets = await open();
    await watched();
    api.put(pullSecret('a', { 'a.example': account('secret-1') }));
    await eventually(secrets, 'a.example').toBe('secret-1');
    api.put(pullSecret('a', { 'a.example': account('secret-2') }));
    await eventually(secrets, 'a.example').toBe('secret-2');
    api.remove('a');
    await eventually(secrets, 'a.example').toBeUndefined();
  });

  it('go on from the last position when a watch ends or breaks, without a new list', async () => {
    const secrets = await open();
    for (const how of ['clean', 'reset'] as const) {
      await watched();
      api.endWatches(how);
      api.put(pullSecret('a', { 'a.example': account(`secret-${how}`) }));
      await eventually(secrets, 'a.example').toBe(`secret-${how}`);
    }
    expect(api.requests.filter((path) => !path.includes('watch=true'))).toHaveLength(2);
  });

  it('are listed again when the position was forgotten, and what was deleted meanwhile is gone', async () => {
    api.put(pullSecret('a', { 'a.example': account('secret-a') }));
    api.put(pullSecret('b', { 'b.example': account('secret-b') }));
    const secrets = await open();
    await watched();
    expect(await passwordOf(secrets, 'a.example')).toBe('secret-a');
    api.endWatches('reset');
    api.remove('a');
    api.put(pullSecret('c', { 'c.example': account('secret-c') }));
    api.compact();
    await eventually(secrets, 'c.example').toBe('secret-c');
    await eventually(secrets, 'a.example').toBeUndefined();
    expect(await passwordOf(secrets, 'b.example')).toBe('secret-b');
  });

  it('need no new list after a compaction where bookmarks told the position', async () => {
    await open();
    await watched();
    const before = api.requests.length;
    api.compact();
    api.bookmark();
    // Until the bookmark has been read.
    await expect
      .poll(async () => {
        api.bookmark();
        api.endWatches('clean');
        await watched();
        return api.requests.at(-1)?.includes('resourceVersion=1010');
      }, patience)
      .toBe(true);
    const lists = api.requests.slice(before).filter((path) => !path.includes('watch=true'));
    expect(lists).toEqual([]);
  });

  it('outlast an API server that fails, refuses or talks nonsense, and say so', async () => {
    api.failWith(503);
    const secrets = await open({ firstListMs: 50 });
    expect(await passwordOf(secrets, 'a.example')).toBeUndefined();
    api.failWith(403);
    await expect.poll(() => hasLogged('list and watch secrets (HTTP 403)'), patience).toBe(true);
    api.failWith(undefined);
    api.put(pullSecret('a', { 'a.example': account('secret-a') }));
    await eventually(secrets, 'a.example').toBe('secret-a');
    await watched();
    api.garble('{"type": "ADDED", "object": secret-in-no-json}\n');
    api.put(pullSecret('a', { 'a.example': account('secret-b') }));
    await eventually(secrets, 'a.example').toBe('secret-b');
    await watched();
    api.garble('x'.repeat(5 << 20));
    api.put(pullSecret('a', { 'a.example': account('secret-c') }));
    await eventually(secrets, 'a.example').toBe('secret-c');
  });

  it('are asked for with the token that is in the file now', async () => {
    const secrets = await open();
    await watched();
    api.changeToken('another-token');
    api.endWatches('reset');
    await expect.poll(() => hasLogged('HTTP 401'), patience).toBe(true);
    await writeFile(join(dir, 'token'), 'another-token');
    api.put(pullSecret('a', { 'a.example': account('secret-a') }));
    await eventually(secrets, 'a.example').toBe('secret-a');
  });

  it('are the longest match, then the newest, then what was not refused', async () => {
    api.put(pullSecret('wide', { '*.example': account('secret-wide') }));
    api.put(pullSecret('host', { 'a.example': account('secret-host') }));
    api.put(pullSecret('old', { 'a.example/team': account('secret-old') }));
    api.put(pullSecret('new', { 'a.example/team': account('secret-new') }));
    api.put(pullSecret('hub', { 'https://index.docker.io/v1/': account('secret-hub') }));
    const secrets = await open();
    const refused: NonNullable<Awaited<ReturnType<KubePullSecrets['get']>>>[] = [];
    const passwords: unknown[] = [];
    for (;;) {
      const found = await secrets.get('a.example', { repository: 'team/app', refused });
      if (!found) break;
      refused.push(found);
      passwords.push(found.kind === 'basic' && found.password);
    }
    expect(passwords).toEqual(['secret-new', 'secret-old', 'secret-host', 'secret-wide']);
    expect(await passwordOf(secrets, 'a.example', 'other')).toBe('secret-host');
    expect(await passwordOf(secrets, 'registry-1.docker.io', 'library/x')).toBe('secret-hub');
  });

  it('are those of the namespaces and labels that are wanted, and not more than fit', async () => {
    const labels = { pull: 'yes' };
    api.put(pullSecret('a', { 'a.example': account('secret-a') }, { namespace: 'one', labels }));
    api.put(pullSecret('b', { 'b.example': account('secret-b') }, { namespace: 'one' }));
    api.put(pullSecret('c', { 'c.example': account('secret-c') }, { namespace: 'two', labels }));
    const secrets = await open({ namespaces: ['one'], labelSelector: 'pull=yes' });
    expect(await passwordOf(secrets, 'a.example')).toBe('secret-a');
    for (const host of ['b.example', 'c.example']) expect(await passwordOf(secrets, host)).toBeUndefined();
    const few = await open({ maxSecrets: 1 });
    const all = await Promise.all(['a', 'b', 'c'].map((name) => passwordOf(few, `${name}.example`)));
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { maxSecrets: 1 } }),
    );
  });

  it('hold up nobody who leaves, nor the end', async () => {
    api.failWith(500);
    const secrets = await open({ firstListMs: 60_000 });
    const leaving = new AbortController();
    const asking = secrets.get('a.example', { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(asking).rejects.toThrow('left');
    const waiting = secrets.get('a.example');
    await secrets[Symbol.asyncDispose]();
    expect(await waiting).toBeUndefined();
  });
});
