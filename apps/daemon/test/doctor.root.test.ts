import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { StoreReport } from '../src/doctor/store-report.ts';
import { createDaemonHome, type DaemonHome } from './daemon-home.ts';
import { createSnapshotsClient } from './snapshots-client.ts';

// More than the bounds of a test's steps: these say what hangs.
vi.setConfig({ testTimeout: 60_000 });

const names = Array.from({ length: 60 }, (_, i) => `layer ${i}`);

/** Chains of five layers, a container on each of them, made by a daemon that has stopped. */
async function fillStore(home: DaemonHome): Promise<void> {
  const daemon = await home.start();
  using client = createSnapshotsClient(home.address);
  const labels = { padding: 'x'.repeat(1000) };
  for (const [i, name] of names.entries()) {
    await client.prepare('extract', i % 5 === 0 ? '' : names[i - 1]!, labels);
    await client.commit(name, 'extract');
    if (i % 5 === 4) await client.prepare(`container ${i}`, name, labels);
  }
  await daemon.stop();
}

async function doctor(home: DaemonHome, ...args: string[]) {
  const ended = await home.run(['doctor', '--root', home.root, ...args]);
  return { status: ended.end!.status, stdout: ended.stdout(), stderr: ended.stderr() };
}

describe('sluiced doctor, on the command line', () => {
  it('says what a damaged database has lost, writes it anew, and then the daemon starts with the rest', async () => {
    await using home = createDaemonHome();
    await fillStore(home);
    expect(await doctor(home)).toMatchObject({ status: 0, stderr: '' });
    const path = join(home.root, 'metadata.db');
    truncateSync(path, Math.floor(statSync(path).size * 0.6));
    await expect(home.start()).rejects.toThrow(
      /sluiced: .* is damaged .*\nsluiced: "sluiced doctor" says what can be saved/,
    );

    const examined = await doctor(home);
    expect(examined).toMatchObject({ status: 1, stderr: '' });
    expect(examined.stdout).toMatch(/^database +.*is damaged[\s\S]*^-> sluiced doctor --repair/m);
    const repair = await doctor(home, '--repair', '--json');
    expect(repair).toMatchObject({ status: 0, stderr: '' });
    const { usable, repaired } = JSON.parse(repair.stdout) as StoreReport;
    expect(usable.length).toBeGreaterThan(5);
    expect(usable.length).toBeLessThan(72);
    expect(repaired?.kept).toBe(usable.length);
    expect(readFileSync(repaired!.damaged, 'latin1')).toMatch(/^SQLite format 3/);

    await home.start();
    using client = createSnapshotsClient(home.address);
    for (const name of usable) await client.stat(name);
    const container = usable.find((name) => name.startsWith('container'));
    if (container) expect(await client.mounts(container)).toMatchObject([{ type: 'overlay' }]);
    expect(await client.prepare('new', usable[0]!)).toHaveLength(1);
    const busy = await doctor(home, '--repair');
    expect(busy).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/another sluiced .*stop it/),
    });
    expect(readdirSync(home.root)).not.toContain('metadata.db.rebuilt');
  });

  it('explains itself, and refuses what it does not know with a status of its own', async () => {
    await using home = createDaemonHome();
    const help = await home.run(['doctor', '--help']);
    expect(help.end).toMatchObject({ status: 0 });
    for (const part of ['--root', '--config', '--repair', '--json', 'Examples:', 'Exit status:'])
      expect(help.stdout()).toContain(part);
    const bad = await doctor(home, '--mend');
    expect(bad).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining("unknown option '--mend'"),
    });
    expect(await doctor(home)).toMatchObject({ status: 2, stderr: expect.stringContaining('--root') });
  });
});
