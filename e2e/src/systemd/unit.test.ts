import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots } from '../clients/admin.ts';
import { imageNames } from '../images/image-names.ts';
import { findHolders } from '../machine/find-holders.ts';
import { mountsBelow } from '../machine/mounts-below.ts';
import { run } from '../process/run.ts';
import { type Reading, startReading } from '../reading/start-reading.ts';
import { installServices, installVersion, SLUICE_ADDRESS, SLUICE_ROOT } from './install-services.ts';
import { spinThread } from './spin-thread.ts';
import { momentUs, property, systemctl } from './systemctl.ts';

const SLUICED = 'sluiced.service';
const CONTAINERD = 'containerd.service';
const TIMEOUT_MS = 20_000;
const WATCHDOG_MS = 15_000;
/** How long sluiced is away, so that a container has to wait for it. */
const AWAY_MS = 1000;

describe('the unit for systemd', () => {
  let machine: Awaited<ReturnType<typeof installServices>>;
  let reading: Reading;
  beforeAll(async () => {
    machine = await installServices();
  });
  afterAll(() => systemctl('stop', CONTAINERD, SLUICED));

  const holders = () => findHolders(SLUICE_ADDRESS).map(({ pid }) => pid);
  const mainPid = async () => Number(await property(SLUICED, 'MainPID'));

  it('is one that systemd has nothing to say about', async () => {
    const { stdout, stderr } = await run(['systemd-analyze', 'verify', `/etc/systemd/system/${SLUICED}`]);
    expect(stdout + stderr).toBe('');
    expect(await systemctl('is-enabled', SLUICED)).toBe('enabled');
  });

  it('is active when sluiced serves, and containerd starts only then', async () => {
    // In this order: systemctl asks for one after the other, and what has started does not wait any more.
    await systemctl('start', SLUICED, CONTAINERD);
    expect(existsSync(SLUICE_ADDRESS)).toBe(true);
    const active = await momentUs(SLUICED, 'ActiveEnterTimestamp');
    expect(active).toBeGreaterThan(await momentUs(SLUICED, 'ExecMainStartTimestamp'));
    expect(await momentUs(CONTAINERD, 'ExecMainStartTimestamp')).toBeGreaterThanOrEqual(active);
  });

  it('runs containers of lazily pulled layers', async () => {
    await machine.rpull(imageNames.lazy);
    reading = await startReading(machine, imageNames.lazy);
    const rows = await readSnapshots('/run/sluice/admin.sock');
    expect(rows.filter(({ kind }) => kind === 'committed').every(({ lazy }) => lazy)).toBe(true);
    expect(holders()).toHaveLength(1);
  });

  it('lets them read on when it is restarted', () => readsOnAcross(() => systemctl('restart', SLUICED)));

  it('lets them read on when it is killed, and starts it anew', () =>
    readsOnAcross(async (before) => {
      await systemctl('kill', '--kill-who=main', '--signal=SIGKILL', SLUICED);
      await expect.poll(() => hasStartedAnew(before), { timeout: TIMEOUT_MS }).toBe(true);
    }));

  for (const thread of ['main', 'pump'] as const) {
    it(`lets them read on when its ${thread} thread hangs: systemd kills it, and starts it anew`, () =>
      readsOnAcross(async (before) => {
        await spinThread(before, thread);
        await expect.poll(() => hasStartedAnew(before), { timeout: WATCHDOG_MS + TIMEOUT_MS }).toBe(true);
        const journal = await run(['journalctl', '--no-pager', '--unit', SLUICED, `_PID=1`]);
        expect(journal.stdout).toContain('Watchdog timeout (limit 15s)!');
      }));
  }

  it('says how it is', async () => {
    const lazy = (await readSnapshots('/run/sluice/admin.sock')).filter((row) => row.lazy).length;
    const status = () => property(SLUICED, 'StatusText');
    await expect.poll(status, { timeout: TIMEOUT_MS }).toBe(`${lazy} layers are mounted lazily`);
  });

  it('lets them read on when it is upgraded', () =>
    readsOnAcross(async () => {
      await installVersion('9.8.7');
      await systemctl('restart', SLUICED);
      const { stdout } = await run(['journalctl', '--no-pager', '--unit', SLUICED]);
      expect(stdout).toContain('"version":"9.8.7"');
    }));

  it('lets them read on when it is stopped and started', () =>
    readsOnAcross(async () => {
      await systemctl('stop', SLUICED);
      expect(mountsBelow(SLUICE_ROOT)).toEqual([]);
      await delay(AWAY_MS);
      await systemctl('start', SLUICED);
    }));

  /** ... without one wrong read, by the same holder, and another sluiced. */
  async function readsOnAcross(end: (before: number) => Promise<unknown>): Promise<void> {
    const [pid, held] = [await mainPid(), holders()];
    await end(pid);
    expect((await reading.readsOn()).wrong).toEqual([]);
    expect(holders()).toEqual(held);
    expect(await mainPid()).not.toBe(pid);
    expect(await property(SLUICED, 'ActiveState')).toBe('active');
  }

  async function hasStartedAnew(before: number): Promise<boolean> {
    return (await property(SLUICED, 'ActiveState')) === 'active' && (await mainPid()) !== before;
  }

  it('stops after containerd', async () => {
    expect((await reading.stop()).wrong).toEqual([]);
    await systemctl('stop', CONTAINERD, SLUICED);
    const stopping = await momentUs(SLUICED, 'ActiveExitTimestamp');
    expect(stopping).toBeGreaterThanOrEqual(await momentUs(CONTAINERD, 'InactiveEnterTimestamp'));
    expect(await property(SLUICED, 'Result')).toBe('success');
  });

  it('leaves no mount and no process when it is stopped and no container runs', async () => {
    expect(mountsBelow(SLUICE_ROOT)).toEqual([]);
    await expect.poll(holders, { timeout: TIMEOUT_MS }).toEqual([]);
  });
});
