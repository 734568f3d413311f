import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const layer = buildEstargz([{ name: 'big', type: 'reg', content: noise(200_000) }]);
const second = buildEstargz([{ name: 'small', type: 'reg', content: 'small' }]);
const login = { username: 'user-of-ours', password: 'pass word/of+ours' };
const encoded = Buffer.from(`${login.username}:${login.password}`).toString('base64');

function writeDockerConfig(home: DaemonHome, host: string): string {
  const file = join(home.directory, 'docker-config.json');
  writeFileSync(file, JSON.stringify({ auths: { [host]: { auth: encoded } } }));
  return `[log]\nlevel = "debug"\n[registry]\ndocker_config = ${JSON.stringify(file)}\n`;
}

/** The password in its forms, and everything that came with a request: tokens, signatures of addresses. */
function secretsOf({ requests }: TestRegistry): string[] {
  const sent = requests.flatMap(({ headers, path }) => [
    headers.authorization?.split(' ')[1],
    new URL(path, 'http://x').searchParams.get('signature') ?? undefined,
  ]);
  const found = sent.filter((secret) => secret !== undefined);
  return [...new Set([login.password, encodeURIComponent(login.password), encoded, ...found])];
}

/** All that is written where others may look: the log, and the files below the root. */
function writtenBy(home: DaemonHome, log: string): string {
  const files = readdirSync(home.root, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
  return [log, ...texts].join('\n');
}

describe.each([
  ['tokens and signed addresses', { kind: 'bearer', ...login }, true],
  ['a password in every request', { kind: 'basic', ...login }, false],
] as const)('with %s, sluiced', (_, auth, redirectBlobs) => {
  it('uses them and writes them nowhere, whatever fails', async () => {
    await using registry = await createTestRegistry({ auth, redirectBlobs });
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const other = publishImage(registry, [second]);
    const daemon = await home.start({ config: writeDockerConfig(home, registry.host) });
    using client = createSnapshotsClient(home.address);
    const data = redirectBlobs ? 'storage' : 'blob';

    registry.faults.next('manifest', { kind: 'status', status: 500, body: 'sorry' });
    registry.faults.next(data, { kind: 'reset', afterBytes: 10 }, { kind: 'status', status: 403 });
    await expect(client.prepare('1', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
    using rootfs = mountRootfs(home, await client.view('view', layer.diffId));
    registry.faults.always(({ kind }) => (kind === data ? { kind: 'status', status: 503 } : undefined));
    await expect(readFile(join(rootfs.path, 'big'))).rejects.toMatchObject({ code: 'EIO' });
    registry.faults.clear();
    expect((await readFile(join(rootfs.path, 'big'))).equals(noise(200_000))).toBe(true);
    await registry[Symbol.asyncDispose]();
    expect(await client.prepare('2', layer.diffId, other.labelsOf(second))).toHaveLength(1);

    const secrets = secretsOf(registry);
    expect(secrets.length).toBeGreaterThan(redirectBlobs ? 5 : 2);
    const admin = createAdminClient(home.adminAddress);
    const told = JSON.stringify([
      await admin.status(),
      await admin.snapshots(),
      [...(await admin.metrics())],
    ]);
    const written = writtenBy(home, daemon.stderr() + daemon.stdout() + told);
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
    expect(daemon.log().filter(({ level }) => level === 'debug' || level === 'warn')).not.toEqual([]);
  });
});
