import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const sluice = fileURLToPath(new URL('../../../packages/cli/bin/sluice', import.meta.url));
const layer = buildEstargz(
  [
    { name: 'first', type: 'reg', content: noise(200_000, 1) },
    { name: 'second', type: 'reg', content: noise(200_000, 2) },
  ],
  { chunkSizeBytes: 200_000 },
);
const onlyWhatIsAskedFor = '[fetch]\nbackground = false\nprefetch = false\n';

function run(home: DaemonHome, ...args: string[]) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const all = [...args, '--address', home.adminAddress];
    const child = execFile(sluice, all, { timeout: 20_000 }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

describe('sluice profile and a real daemon', () => {
  it('brings what an image reads to a machine that has not started it, before anybody reads', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const published = publishImage(registry, [layer]);
    const labels = published.labelsOf(layer);
    const image = labels['containerd.io/snapshot/cri.manifest-digest']!;
    // As a daemon on another machine has learned it: the chunk of the file that lies first in the blob.
    const profile = {
      version: 1,
      image,
      reference: published.reference,
      recordedAt: '2026-01-02T03:04:05.678Z',
      layers: { [layer.digest]: [[0, 150_000]] },
    };
    const file = join(home.directory, 'profile.json');
    writeFileSync(file, JSON.stringify(profile));
    await home.start({ config: onlyWhatIsAskedFor });
    expect(await run(home, 'profile', 'import', file)).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse((await run(home, 'profile', 'show', '--json', published.reference)).stdout)).toEqual(
      profile,
    );

    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', labels)).rejects.toMatchObject({ code: 6 });
    const bytesSent = () => registry.requests.reduce((sum, request) => sum + request.bytesSent, 0);
    await waitUntil(() => bytesSent() > 200_000, { what: () => `${bytesSent()} bytes are fetched` });
    expect(bytesSent()).toBeLessThan(380_000);
    const verified = await run(home, 'content', 'verify', '--json');
    expect({ ...verified, stdout: JSON.parse(verified.stdout) }).toMatchObject({
      status: 0,
      stdout: { damaged: [], unknown: [] },
    });
  });

  it('keeps imported profiles for the next start, for root alone', async () => {
    await using home = createDaemonHome();
    const profile = {
      version: 1,
      image: 'example.org/app:1',
      reference: 'example.org/app:1',
      recordedAt: '2026-01-02T03:04:05.678Z',
      layers: {},
    };
    const file = join(home.directory, 'profile.json');
    writeFileSync(file, JSON.stringify(profile));
    const daemon = await home.start();
    expect((await run(home, 'profile', 'import', file)).status).toBe(0);
    await daemon.crash();
    await home.start();
    const exported = join(home.directory, 'exported.json');
    expect((await run(home, 'profile', 'export', profile.image, exported)).status).toBe(0);
    expect(JSON.parse(readFileSync(exported, 'utf8'))).toEqual(profile);
    expect(statSync(home.root).mode & 0o777).toBe(0o700);
    expect(statSync(join(home.root, 'profiles.db')).size).toBeGreaterThan(0);
  });

  it('says that a daemon which mounts nothing lazily has no use for them', async () => {
    await using home = createDaemonHome();
    const file = join(home.directory, 'profile.json');
    writeFileSync(file, '{}');
    await home.start({ config: '[fuse]\ndriver = "none"\n' });
    expect(JSON.parse((await run(home, 'profile', 'ls', '--json')).stdout)).toEqual({ profiles: [] });
    expect(await run(home, 'profile', 'import', file)).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('keeps no profiles: it mounts no layers lazily'),
    });
  });
});
