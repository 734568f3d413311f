import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHolder } from '@sluice/holder';
import { createTestRegistry } from '@sluice/testkit/registry';
import { describe, expect, it, vi } from 'vitest';
import { createAdminClient } from './admin-client.ts';
import { createDaemonHome, type DaemonHome, type TestDaemon } from './daemon-home.ts';
import { publishImage } from './publish-image.ts';
import { lazyConfig as config, containerLayer, runContainer } from './run-container.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

/** How often the daemon is ended; hundreds by hand. */
const ENDS = Number(process.env['SLUICE_SURVIVAL_ENDS'] ?? 6);
vi.setConfig({ testTimeout: 120_000 + ENDS * 10_000 });

async function findHolder(home: DaemonHome): Promise<{ readonly pid: number; readonly held: number }> {
  using holder = await connectHolder({ socketPath: join(home.directory, 'holder.sock') });
  return { pid: holder.pid, held: (await holder.list()).length };
}

/** Whether all of the container's layer is here. */
async function isComplete(home: DaemonHome): Promise<boolean> {
  const rows = await createAdminClient(home.adminAddress).snapshots();
  const row = rows.find(({ lazy }) => lazy);
  return row?.bytesTotal !== undefined && row.bytesLocal === row.bytesTotal;
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
    if (ENDS > 20) console.info(`${ENDS} ends: ${JSON.stringify(report)}`);
    expect(report.wrong).toEqual([]);
    for (const count of [report.smallFiles, report.bigReads, report.walks, report.execs]) {
      expect(count).toBeGreaterThan(0);
    }
  });

  it('reads on, where nobody waits for the registry, while that is away and sluiced is killed and stopped', async () => {
    await using home = createDaemonHome();
    let daemon = await home.start({ config: '[fetch]\nquiet_seconds = 0\n' });
    await using container = await runContainer(home);
    await waitUntil(() => isComplete(home), {
      what: () => `all is fetched: ${daemon.stderr()}`,
      timeoutMs: 30_000,
    });
    container.registry.faults.always(() => ({ kind: 'status', status: 503 }));
    for (const end of [crash, stop, crash]) {
      await delay(300);
      await end(daemon);
      daemon = await home.start({ config });
    }
    await delay(300);
    const report = await container.stop();
    expect(report.wrong).toEqual([]);
    expect(report.smallFiles).toBeGreaterThan(0);
  });

  it('waits for what is not here while the registry is away, though sluiced is killed meanwhile', async () => {
    await using home = createDaemonHome();
    let daemon = await home.start({ config });
    await using container = await runContainer(home);
    container.registry.faults.always(() => ({ kind: 'hang' }));
    await delay(300);
    await daemon.crash();
    daemon = await home.start({ config });
    await delay(300);
    container.registry.faults.always(undefined);
    await daemon.crash();
    await home.start({ config });
    await delay(500);
    expect((await container.stop()).wrong).toEqual([]);
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
  const image = publishImage(registry, [containerLayer]);
  using client = createSnapshotsClient(home.address);
  await expect(client.prepare('extract', '', image.labelsOf(containerLayer))).rejects.toMatchObject({
    code: 6,
  });
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
