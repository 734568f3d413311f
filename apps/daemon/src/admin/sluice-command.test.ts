import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  adminPaths,
  type DaemonStatus,
  daemonStatusSchema,
  type SnapshotRow,
  snapshotListSchema,
  verifyLineSchema,
} from '@sluice/admin-api';
import { createSqliteMetaStore, type SqliteMetaStore } from '@sluice/metastore';
import {
  createDefaultHosts,
  createRegistryClient,
  createStaticCredentials,
  type RegistryClient,
} from '@sluice/registry';
import {
  createProfileArtifacts,
  type Profile,
  type ProfileStore,
  type RemoteFileSystem,
} from '@sluice/remote-fs';
import { NotLazyError } from '@sluice/snapshotter-core';
import { createMemorySnapshotter, layerLabels, type MemorySnapshotter } from '@sluice/testkit/core';
import { createMemoryProfileStore } from '@sluice/testkit/remote-fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import { createMetrics } from '../metrics.ts';
import { createAdminRoutes } from './admin-routes.ts';
import { startAdminServer } from './admin-server.ts';

const sluice = fileURLToPath(new URL('../../../../packages/cli/bin/sluice', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'sluice-command-'));
const address = join(directory, 'admin.sock');
const root = join(directory, 'root');
let memory: MemorySnapshotter;
let fails: Error | undefined;
let problems: string[];
let server: AsyncDisposable;
let meta: SqliteMetaStore;
let profiles: ProfileStore;
const clients: RegistryClient[] = [];

beforeEach(async () => {
  fails = undefined;
  problems = [];
  const intercept = (operation: string) => {
    if (fails && operation.startsWith('fs.')) throw fails;
  };
  memory = createMemorySnapshotter({ intercept });
  mkdirSync(root, { recursive: true });
  meta = createSqliteMetaStore({ path: join(root, 'metadata.db') });
  profiles = createMemoryProfileStore();
  server = await serve(memory);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  for (const client of clients.splice(0)) await client[Symbol.asyncDispose]();
  await memory[Symbol.asyncDispose]();
  meta[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** The admin socket of a daemon whose ports are in memory, and whose layers have 100 bytes, 40 of them here. */
function serve({ snapshotter, logs: logger }: MemorySnapshotter): Promise<AsyncDisposable> {
  const layer = { layerDigest: 'sha256:1', reference: 'r', bytesLocal: 40, bytesTotal: 100 };
  const remoteFs = {
    describe: () => layer,
    totals: () => ({ mounts: 1, bytesLocal: 40 }),
    problems: () => problems,
    verifyContents,
  };
  const registry = createRegistryClient({
    credentials: createStaticCredentials(),
    hosts: createDefaultHosts(),
    logger,
  });
  clients.push(registry);
  const profileArtifacts = createProfileArtifacts({ registry, logger });
  const config = { ...parseConfig('', 'defaults'), root, admin: { address } };
  const routes = createAdminRoutes({
    snapshotter,
    meta,
    remoteFs,
    profiles,
    profileArtifacts,
    metrics: createMetrics(),
    config,
    version: '1.2.3',
    startedNs: 1_700_000_000_000_000_001n,
    standingProblems: [],
  });
  return startAdminServer({ routes, logger }, { address });
}

const partial = { checked: 2, checkedBytes: 8, chunks: 5, untrusted: 1 };

/** Reads three contents, one of them damaged, for as long as a progress line takes. */
const verifyContents: RemoteFileSystem['verifyContents'] = async ({ onProgress, repair, signal } = {}) => {
  onProgress?.({ checked: 1, checkedBytes: 10 });
  await setTimeout(1200, undefined, { signal: signal! });
  return { checked: 3, checkedBytes: 30, partial, damaged: [repair ? 'ab' : 'cd'], unknown: [] };
};

function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      sluice,
      [...args, '--address', address],
      { timeout: 15_000 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function rows(): Promise<SnapshotRow[]> {
  return snapshotListSchema.parse(JSON.parse((await run('ls', '--json')).stdout)).snapshots;
}

async function status(): Promise<DaemonStatus> {
  return daemonStatusSchema.parse(JSON.parse((await run('status', '--json')).stdout));
}

/** One of every kind: lazy, not lazy for a reason, ordinary, active, view. */
async function makeSnapshots(): Promise<void> {
  const { snapshotter } = memory;
  await snapshotter.prepare('k1', '', layerLabels('lazy')).catch(() => undefined);
  fails = new NotLazyError('corrupt', 'bad digest');
  await snapshotter.prepare('k2', 'lazy', layerLabels('unpacked'));
  await snapshotter.commit('unpacked', 'k2', {});
  await snapshotter.prepare('container', 'unpacked', {});
  await snapshotter.view('looked at', 'unpacked', {});
}

describe('sluice and the admin socket of the daemon', () => {
  it('list each snapshot: kind, parent, lazy or why not, bytes here of bytes in all', async () => {
    await makeSnapshots();
    const createdAt = expect.stringMatching(/^2023-11-14T22:13:20\.\d{9}Z$/);
    const layer = { layer: 'sha256:1', bytesLocal: 40, bytesTotal: 100 };
    expect(await rows()).toEqual([
      { id: 1, name: 'lazy', parent: '', kind: 'committed', lazy: true, createdAt, ...layer },
      {
        id: 2,
        name: 'unpacked',
        parent: 'lazy',
        kind: 'committed',
        lazy: false,
        reason: 'corrupt',
        createdAt,
      },
      { id: 3, name: 'container', parent: 'unpacked', kind: 'active', lazy: false, createdAt },
      { id: 4, name: 'looked at', parent: 'unpacked', kind: 'view', lazy: false, createdAt },
    ]);
    const { stdout } = await run('ls');
    expect(stdout).toMatch(/^ 2 {7}1 {2}committed {2}no {4}- .* unpacked +corrupt$/m);
    expect(stdout).toContain('40 B of 100 B');
  });

  it('say why a layer is not lazy while it is being unpacked', async () => {
    fails = new NotLazyError('unverified', 'no digest');
    await memory.snapshotter.prepare('k', '', layerLabels('layer'));
    expect(await rows()).toMatchObject([{ name: 'k', kind: 'active', lazy: false, reason: 'unverified' }]);
  });

  it('count what there is, and why layers are not lazy', async () => {
    await makeSnapshots();
    expect(await status()).toMatchObject({
      version: '1.2.3',
      pid: process.pid,
      startedAt: '2023-11-14T22:13:20.000000001Z',
      healthy: true,
      problems: [],
      snapshots: { active: 1, view: 1, committed: 2, remote: 1 },
      layers: { mounted: 1, unavailable: 0, fallbacks: { corrupt: 1 } },
      content: { bytesLocal: 40, bytesFetched: 0, requests: 0 },
    });
  });

  it('say which layer did not come back after a restart, and end with 1', async () => {
    await makeSnapshots();
    await server[Symbol.asyncDispose]();
    await memory[Symbol.asyncDispose]();
    fails = new Error('registry.example refused the connection');
    const { data } = memory;
    memory = createMemorySnapshotter({
      data,
      intercept: (operation) => {
        if (operation === 'fs.restore') throw fails;
      },
    });
    await memory.snapshotter.restore();
    server = await serve(memory);
    const { status: exitStatus, stdout } = await run('status');
    expect(exitStatus).toBe(1);
    expect(stdout).toMatch(
      /problem: snapshot lazy cannot be used: .*registry\.example refused the connection/,
    );
    expect((await rows())[0]).toMatchObject({ lazy: true, reason: expect.stringContaining('refused') });
  });

  it('say that contents cannot be stored, for as long as that is so, and end with 1', async () => {
    problems = ['the disk is full'];
    const { status: exitStatus, stdout } = await run('status');
    expect({ exitStatus, stdout }).toEqual({
      exitStatus: 1,
      stdout: expect.stringContaining('problem: the disk is full'),
    });
    expect((await run('diagnose')).stdout).toMatch(/daemon .*the disk is full/);
    problems = [];
    expect((await status()).healthy).toBe(true);
  });

  it('agree that there is nothing where there is nothing', async () => {
    expect(await rows()).toEqual([]);
    expect((await run('status')).status).toBe(0);
  });
});

describe('sluice backup and the database', () => {
  const copy = join(directory, 'copy.db');

  beforeEach(async () => {
    await meta.write((tx) => tx.create({ name: 'n', parent: '', kind: 'active', labels: {}, createdNs: 1n }));
  });

  it('make a copy while the daemon goes on, for root alone, and leave nothing else', async () => {
    const { status: exitStatus, stdout } = await run('backup', copy);
    expect({ exitStatus, stdout }).toEqual({
      exitStatus: 0,
      stdout: expect.stringContaining(`kB written to ${copy}`),
    });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    using restored = createSqliteMetaStore({ path: copy });
    expect(restored.read((tx) => tx.get('n'))).toMatchObject({ id: 1, name: 'n' });
    expect(readdirSync(root).filter((name) => name.startsWith('backup'))).toEqual([]);
  });

  it('make several copies at once', async () => {
    const paths = Array.from({ length: 3 }, (_, i) => join(directory, `copy${i}.db`));
    const ran = await Promise.all(paths.map((path) => run('backup', '--json', path)));
    for (const [at, { stdout }] of ran.entries()) {
      expect(JSON.parse(stdout)).toEqual({ path: paths[at], sizeBytes: statSync(paths[at]!).size });
    }
  });

  it('replace no file that they are not told to replace', async () => {
    writeFileSync(copy, 'precious');
    const refused = await run('backup', copy);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
    expect(statSync(copy).size).toBe(8);
    expect((await run('backup', '--force', copy)).status).toBe(0);
    expect(statSync(copy).size).toBeGreaterThan(1000);
  });

  it('say what failed, and leave no half copy', async () => {
    meta[Symbol.dispose]();
    const { status: exitStatus, stderr } = await run('backup', copy);
    expect({ exitStatus, stderr }).toEqual({
      exitStatus: 5,
      stderr: expect.stringContaining('log of sluiced'),
    });
    expect(readdirSync(directory).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});

describe('sluice profile and the profiles of the daemon', () => {
  const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
  const profile: Profile = {
    version: 1,
    image: digest('1'),
    reference: 'example.org/app:1',
    recordedAt: '2026-01-02T03:04:05.678Z',
    layers: {
      [digest('2')]: [
        [5000, 1000],
        [0, 100],
      ],
      [digest('3')]: [[7, 1]],
    },
  };
  const file = join(directory, 'app.json');

  it('carry what was learned from one daemon to another', async () => {
    await profiles.save(profile);
    expect(await run('profile', 'export', 'example.org/app:1', file)).toMatchObject({
      status: 0,
      stderr: '',
    });
    await profiles.remove(profile.image);
    expect(JSON.parse((await run('profile', 'ls', '--json')).stdout)).toEqual({ profiles: [] });
    const imported = await run('profile', 'import', file);
    expect(imported).toEqual({ status: 0, stderr: '', stdout: expect.stringContaining('example.org/app:1') });
    expect(await profiles.load(profile.image)).toEqual(profile);
    const { image, reference, recordedAt } = profile;
    expect(JSON.parse((await run('profile', 'ls', '--json')).stdout)).toEqual({
      profiles: [{ image, reference, recordedAt, layers: 2, ranges: 3, sizeBytes: 1101 }],
    });
  });

  it('say what keeps one from a registry, and which registry', async () => {
    await profiles.save({ ...profile, reference: '127.0.0.1:1/app:1' });
    const failed = await run('profile', 'push', profile.image);
    expect(failed).toMatchObject({ status: 8, stdout: '' });
    expect(failed.stderr).toMatch(/^sluice: registry 127\.0\.0\.1:1: .*connection refused/);
    const pulled = await run('profile', 'pull', 'no/../reference');
    expect(pulled).toMatchObject({ status: 7, stderr: expect.stringContaining('refuses that') });
  });

  it('forget one, and no other', async () => {
    for (const digit of ['1', '4']) await profiles.save({ ...profile, image: digest(digit) });
    expect(await run('profile', 'rm', profile.reference)).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('say which of'),
    });
    const removed = await run('profile', 'rm', digest('1'));
    expect(removed).toMatchObject({ status: 0, stdout: expect.stringContaining(digest('1')) });
    expect((await profiles.list()).map(({ image }) => image)).toEqual([digest('4')]);
    expect((await run('profile', 'rm', digest('1'))).status).toBe(7);
  });

  it('show ranges in their order, by any name of the image', async () => {
    await profiles.save(profile);
    for (const name of [profile.image, profile.reference, 'sha256:111111', '11111111']) {
      const { status: exitStatus, stdout } = await run('profile', 'show', name, '--json');
      expect({ exitStatus, shown: JSON.parse(stdout) }).toEqual({ exitStatus: 0, shown: profile });
    }
  });

  it('keep nothing that is no profile, and say what is wrong with it', async () => {
    writeFileSync(file, JSON.stringify({ ...profile, layers: { '../../etc': [[0, 1]] } }));
    const refused = await run('profile', 'import', file);
    expect(refused).toMatchObject({ status: 7, stderr: expect.stringContaining('is not a layer') });
    writeFileSync(file, 'x'.repeat(9 << 20));
    expect(await run('profile', 'import', file)).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('8388608 bytes'),
    });
    expect(await profiles.list()).toEqual([]);
  });

  it('keep of a profile what is known of it, and nothing else', async () => {
    writeFileSync(file, JSON.stringify({ ...profile, more: 'x'.repeat(1000) }));
    expect((await run('profile', 'import', file)).status).toBe(0);
    expect(await profiles.load(profile.image)).toEqual(profile);
  });
});

describe('sluice content verify and the contents of the daemon', () => {
  it('say what is damaged, and end with 1 unless it is repaired', async () => {
    const found = await run('content', 'verify');
    expect(found).toMatchObject({ status: 1, stderr: '' });
    expect(found.stdout).toMatch(
      /^3 contents read, 30 B: 1 damaged\n2 partial contents, 5 chunks of them read, 8 B; 1 are verified before .*\ndamaged {2}cd\n-> .*--repair/,
    );
    const { status: exitStatus, stdout } = await run('content', 'verify', '--repair', '--json');
    const report = { checked: 3, checkedBytes: 30, partial, damaged: ['ab'], unknown: [] };
    expect({ exitStatus, report: JSON.parse(stdout) }).toEqual({ exitStatus: 0, report });
  });

  it('say how far it is meanwhile', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath: address, path: adminPaths.verify, method: 'POST' }, (response) => {
        text(response).then(resolve, reject);
      });
      sent.on('error', reject).end();
    });
    const lines = answer
      .trimEnd()
      .split('\n')
      .map((line) => verifyLineSchema.parse(JSON.parse(line)));
    expect(lines).toEqual([
      { progress: { checked: 1, checkedBytes: 10 } },
      { report: { checked: 3, checkedBytes: 30, partial, damaged: ['cd'], unknown: [] } },
    ]);
  });
});
