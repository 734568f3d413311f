import { readdirSync } from 'node:fs';
import { listMounts } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome } from './daemon-home.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const layer = buildEstargz([{ name: 'greeting', type: 'reg', content: 'hello' }]);

/** A registry that answers nothing before `release` is called. */
async function createSlowRegistry(): Promise<TestRegistry & { release(): void }> {
  const registry = await createTestRegistry();
  registry.faults.always(() => ({ kind: 'hang' }));
  return Object.assign(registry, { release: () => registry.faults.always(undefined) });
}

describe.each(['SIGTERM', 'SIGINT'] as const)('sluiced, on %s,', (signal) => {
  it('ends with status 0, deletes nothing below its root and leaves no mount', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toThrow('ALREADY_EXISTS');
    await client.prepare('container', layer.diffId);
    const mounts = () => listMounts().filter(({ mountPoint }) => mountPoint.startsWith(home.root));
    expect(mounts()).toHaveLength(1);
    const before = tree(home.root);
    await daemon.stop(signal);
    expect(mounts()).toEqual([]);
    // SQLite folds its log into the database when it is closed.
    expect(tree(home.root)).toEqual(before.filter((path) => !/\.db-(wal|shm)$/.test(path)));
    expect(daemon.log().at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
    await home.start();
    using again = createSnapshotsClient(home.address);
    expect(await again.stat('container')).toMatchObject({ kind: 'ACTIVE', parent: layer.diffId });
  });

  it('lets a call that is under way come to its end', async () => {
    await using registry = await createTestRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    // The table of contents takes about a second to arrive.
    registry.faults.next('blob', { kind: 'drip', bytes: 16, pauseMs: 20 });
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    const call = client.prepare('extract', '', image.labelsOf(layer));
    const outcome = call.then(
      () => 'answered with mounts',
      (error: Error) => error.message,
    );
    await waitUntil(() => registry.requests.some(({ kind }) => kind === 'blob'), { what: 'it asks' });
    await daemon.stop(signal);
    expect(await outcome).toMatch(/^6 ALREADY_EXISTS/);
    await home.start();
    using again = createSnapshotsClient(home.address);
    expect(await again.stat(layer.diffId)).toMatchObject({ kind: 'COMMITTED' });
  });

  it('ends at once when it is sent again', async () => {
    await using registry = await createSlowRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    const outcome = client
      .prepare('extract', '', image.labelsOf(layer))
      .catch((error: Error) => error.message);
    await waitUntil(() => registry.requests.length > 0, { what: 'it asks' });
    daemon.kill(signal);
    await waitUntil(() => daemon.log().some(({ msg }) => msg === 'stopping'), { what: 'it is stopping' });
    daemon.kill(signal);
    expect(await daemon.ended).toEqual({ status: null, signal: 'SIGKILL' });
    expect(daemon.log().at(-1)).toMatchObject({ msg: 'stopping' });
    // The client names the end of a connection by what it was just doing with it: reading, or writing (EPIPE).
    expect(await outcome).toMatch(/^(14 UNAVAILABLE|13 INTERNAL: Received RST_STREAM)/);
    registry.release();
    await home.start();
    using again = createSnapshotsClient(home.address);
    await expect(again.prepare('extract 2', '', image.labelsOf(layer))).rejects.toThrow('ALREADY_EXISTS');
  });
});

describe('sluiced, while it is stopping,', () => {
  it('does not wait for ever for a call: after a while it is cancelled', async () => {
    await using registry = await createSlowRegistry();
    await using home = createDaemonHome();
    const image = publishImage(registry, [layer]);
    const daemon = await home.start();
    using client = createSnapshotsClient(home.address);
    const outcome = client
      .prepare('extract', '', image.labelsOf(layer))
      .catch((error: Error) => error.message);
    await waitUntil(() => registry.requests.length > 0, { what: 'it asks' });
    await daemon.stop();
    expect(daemon.log().map(({ msg }) => msg)).toContain('calls in flight do not end: cancelling them');
    expect(await outcome).toMatch(/^(1 CANCELLED|14 UNAVAILABLE)/);
  });
});

/** Without what a daemon that has just started removes itself, when its rehearsal of a pull is over. */
function tree(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^rehearsal(\/|$)/.test(path))
    .filter((path) => !/\/fs\//.test(path))
    .sort();
}
