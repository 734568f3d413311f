import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHolder } from '@sluice/holder';
import { buildEstargz, type LayerFile } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { manyFiles, type ReadReport, type ReadTask } from './many-files.ts';
import { mountRootfs } from './mount-rootfs.ts';
import { noise } from './noise.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

/** How often the daemon is ended; hundreds by hand. */
const ENDS = Number(process.env['SLUICE_SURVIVAL_ENDS'] ?? 6);
vi.setConfig({ testTimeout: 120_000 + ENDS * 10_000 });

const big = noise(6 << 20);
const directories = ['bin', 'small', ...Array.from({ length: 30 }, (_, index) => `small/${index}`)];
const layer = buildEstargz([
  ...directories.map((name): LayerFile => ({ name, type: 'dir' })),
  { name: 'bin/true', type: 'reg', content: readFileSync('/bin/true'), mode: 0o755 },
  { name: 'big', type: 'reg', content: big },
  ...manyFiles().map(({ name, content }): LayerFile => ({ name, type: 'reg', content })),
]);
/** Only what is read comes, so that reads are under way when the daemon ends. */
const config = '[fetch]\nprefetch = false\nbackground = false\nlearn = false\n';

/** Disposing it ends it, and takes its root away. */
interface Container extends AsyncDisposable {
  /** Ends the reading. */
  stop(): Promise<ReadReport>;
}

/** Mounts the layer, makes a container's root on it, and reads there in a process of its own. */
async function runContainer(home: DaemonHome): Promise<Container> {
  await using parts = new AsyncDisposableStack();
  const registry = parts.use(await createTestRegistry());
  const image = publishImage(registry, [layer]);
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
  const rootfs = parts.use(mountRootfs(home, await client.prepare('container', layer.diffId)));
  const sha256 = createHash('sha256').update(big).digest('hex');
  const reader = startReader({ rootfs: rootfs.path, bigSha256: sha256, bigBytes: big.length });
  parts.defer(() => void reader.kill('SIGKILL'));
  await once(reader, 'message');
  const owned = parts.move();
  return {
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
    async stop() {
      const said = once(reader, 'message');
      reader.send('stop');
      const [report] = await said;
      return report as ReadReport;
    },
  };
}

function startReader(task: ReadTask): ChildProcess {
  return fork(join(import.meta.dirname, 'read-until-stopped.ts'), [JSON.stringify(task)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function findHolder(home: DaemonHome): Promise<{ readonly pid: number; readonly held: number }> {
  using holder = await connectHolder({ socketPath: join(home.directory, 'holder.sock') });
  return { pid: holder.pid, held: (await holder.list()).length };
}

type End = (daemon: TestDaemon) => Promise<void>;
const crash: End = (daemon) => daemon.crash();
const stop: End = (daemon) => daemon.stop();
/** As a daemon that hangs, and that a watchdog ends. */
const hang: End = async (daemon) => {
  daemon.kill('SIGSTOP');
  await delay(500);
  await daemon.crash();
};

describe('a running container', () => {
  it.each([
    ['is killed', [crash]],
    ['is stopped', [stop]],
    ['is killed, stopped or hangs', [crash, stop, hang]],
  ])('reads on, without one wrong or failed read, while sluiced %s again and again', async (_, ends) => {
    await using home = createDaemonHome();
    let daemon = await home.start({ config });
    await using container = await runContainer(home);
    for (let round = 0; round < ENDS; round++) {
      await delay(300 + 100 * (round % 5));
      await ends[round % ends.length]!(daemon);
      daemon = await home.start({ config });
    }
    await delay(500);
    const report = await container.stop();
    expect(report.wrong).toEqual([]);
    for (const count of [report.smallFiles, report.bigReads, report.walks, report.execs]) {
      expect(count).toBeGreaterThan(0);
    }
  });

  it('reads on when the process that holds its connections is killed, and when sluiced is killed after that', async () => {
    await using home = createDaemonHome();
    const daemon = await home.start({ config });
    await using container = await runContainer(home);
    const first = await findHolder(home);
    process.kill(first.pid, 'SIGKILL');
    const isReplaced = async () => {
      const next = await findHolder(home).catch(() => first);
      return next.pid !== first.pid && next.held === first.held;
    };
    await waitUntil(isReplaced, { what: () => `another holder holds as much: ${daemon.stderr()}` });
    await daemon.crash();
    await home.start({ config });
    await delay(500);
    expect((await container.stop()).wrong).toEqual([]);
  });
});

it('nothing is left of the holder when no layer is used any more', async () => {
  await using home = createDaemonHome();
  const daemon = await home.start({ config });
  await using registry = await createTestRegistry();
  const image = publishImage(registry, [layer]);
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
  const { pid } = await findHolder(home);
  await daemon.stop();
  await expect(findHolder(home)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

/** Not so is a process that has ended and that nobody has asked about. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
