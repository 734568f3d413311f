import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEstargz, makeImage } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { debianProgram } from '../../../packages/registry/test/debian-program.ts';
import { startDockerRegistry } from '../../../packages/registry/test/docker-registry.ts';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 90_000 });

const sluice = fileURLToPath(new URL('../../../packages/cli/bin/sluice', import.meta.url));
const dockerRegistry = debianProgram('docker-registry', 'docker-registry');
const names = Array.from({ length: 20 }, (_, at) => `f${at}`);
const layer = buildEstargz(names.map((name, at) => ({ name, type: 'reg', content: noise(90_000, at + 1) })));
const onlyWhatIsAskedFor = '[fetch]\nbackground = false\nprefetch = false\n';

function run(home: DaemonHome, ...args: string[]) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const all = [...args, '--address', home.adminAddress];
    const child = execFile(sluice, all, { timeout: 30_000 }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

async function profilesOf(home: DaemonHome): Promise<readonly { image: string; ranges: number }[]> {
  return JSON.parse((await run(home, 'profile', 'ls', '--json')).stdout).profiles;
}

/** Has the daemon mount the layer, as containerd does. */
async function mount(home: DaemonHome, labels: Record<string, string>): Promise<string> {
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', labels)).rejects.toMatchObject({ code: 6 });
  return join(home.root, 'snapshots', '1', 'fs');
}

async function bytesHere(home: DaemonHome): Promise<number> {
  const [row] = JSON.parse((await run(home, 'ls', '--json')).stdout).snapshots;
  return row.bytesLocal;
}

describe('profiles beside images', () => {
  it('let one daemon learn, and another one start as if it had', async () => {
    await using registry = await createTestRegistry({ push: true });
    const published = publishImage(registry, [layer]);
    const labels = published.labelsOf(layer);
    const wanted = ['f17', 'f3', 'f11'];
    {
      await using home = createDaemonHome();
      await home.start({ config: onlyWhatIsAskedFor });
      const mountpoint = await mount(home, labels);
      // Not synchronously: the registry is in this process.
      for (const name of wanted) await readFile(join(mountpoint, name));
      await waitUntil(async () => (await profilesOf(home)).length === 1, {
        timeoutMs: 40_000,
        what: () => 'the start is learned',
      });
      const pushed = await run(home, 'profile', 'push', published.reference);
      expect(pushed).toMatchObject({ status: 0, stdout: expect.stringMatching(/^pushed .* as sha256:/) });
    }
    await using other = createDaemonHome();
    await other.start({ config: `${onlyWhatIsAskedFor}pull_profiles = true\n` });
    const mountpoint = await mount(other, labels);
    await waitUntil(async () => (await bytesHere(other)) >= wanted.length * 90_000, {
      what: () => 'what the other start has read is here',
    });
    expect((await profilesOf(other)).map(({ ranges }) => ranges)).toEqual([wanted.length]);
    const before = registry.requests.length;
    for (const name of wanted) {
      expect((await readFile(join(mountpoint, name))).equals(noise(90_000, names.indexOf(name) + 1))).toBe(
        true,
      );
    }
    expect(registry.requests.length).toBe(before);
    expect(await bytesHere(other)).toBeLessThan(2 * wanted.length * 90_000);
  });

  it('are not looked for unless that is configured, and keep no image from being mounted', async () => {
    await using registry = await createTestRegistry();
    const published = publishImage(registry, [layer]);
    const isAsked = () => registry.requests.some(({ kind }) => kind === 'referrers');
    {
      await using home = createDaemonHome();
      await home.start({ config: onlyWhatIsAskedFor });
      await mount(home, published.labelsOf(layer));
      expect(isAsked()).toBe(false);
    }
    // A registry that never answers that question.
    registry.faults.always(({ kind }) => (kind === 'referrers' ? { kind: 'hang' } : undefined));
    await using home = createDaemonHome();
    await home.start({ config: `${onlyWhatIsAskedFor}pull_profiles = true\n` });
    const mountpoint = await mount(home, published.labelsOf(layer));
    expect((await readFile(join(mountpoint, 'f0'))).equals(noise(90_000, 1))).toBe(true);
    await waitUntil(isAsked, { what: () => 'the registry is asked for profiles' });
  });

  it.skipIf(dockerRegistry === undefined)('travel through Docker’s registry', async () => {
    await using registry = await startDockerRegistry({ program: dockerRegistry! });
    const image = makeImage([layer]);
    for (const bytes of [layer.blob, image.config.bytes]) await registry.pushBlob('team/app', bytes);
    const digest = await registry.pushManifest('team/app', '1', JSON.parse(image.manifest.bytes.toString()));
    const reference = `${registry.host}/team/app:1`;
    const profile = {
      version: 1,
      image: digest,
      reference,
      recordedAt: '2026-01-02T03:04:05.678Z',
      layers: { [layer.digest]: [[0, 150_000]] },
    };
    await using home = createDaemonHome();
    await home.start();
    const file = join(home.directory, 'profile.json');
    writeFileSync(file, JSON.stringify(profile));
    expect(await run(home, 'profile', 'import', file)).toMatchObject({ status: 0 });
    expect(await run(home, 'profile', 'push', reference)).toMatchObject({ status: 0, stderr: '' });
    expect(await run(home, 'profile', 'rm', reference)).toMatchObject({ status: 0 });
    expect(await run(home, 'profile', 'pull', reference)).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse((await run(home, 'profile', 'show', '--json', digest)).stdout)).toEqual(profile);
    // One that does not fit the image stays where it is.
    writeFileSync(file, JSON.stringify({ ...profile, layers: { [layer.digest]: [[0, 1e12]] } }));
    expect(await run(home, 'profile', 'import', file)).toMatchObject({ status: 0 });
    expect(await run(home, 'profile', 'push', reference)).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('does not fit the image'),
    });
  });
});
