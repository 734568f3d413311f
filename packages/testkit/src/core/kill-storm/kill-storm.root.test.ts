import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findMounts, unmount } from '@sluice/linux';
import { expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { openStormStore } from './open-storm-store.ts';
import type { StormEvent } from './storm-event.ts';
import { StormModel } from './storm-model.ts';
import { verifyStorm } from './verify-storm.ts';

const KILLS = Number(process.env['SLUICE_KILLS'] ?? 10);
const KILL_TIMEOUT_MS = 30_000;
const RUNNER = fileURLToPath(new URL('run-storm.ts', import.meta.url));

it(`loses nothing that was acknowledged, and leaves nothing half done, whenever it is killed (${KILLS} times)`, {
  timeout: KILLS * KILL_TIMEOUT_MS,
}, async () => {
  using scratch = scratchDirectory();
  const { root } = scratch;
  const model = new StormModel();
  const seen = { calls: 0, acknowledged: 0, cutOff: 0, checked: 0, early: 0 };
  for (let kill = 0; kill < KILLS; kill++) {
    const events = await stormUntilKilled(root, `${kill}`);
    const ends = events.filter(({ event }) => event === 'end').length;
    const open = model.replay(events);
    seen.checked += await verifyStorm(root, { model, open });
    seen.calls += ends + open.length;
    seen.acknowledged += ends;
    seen.cutOff += open.length;
    if (events.length === 0) seen.early++;
  }
  console.log(`${KILLS} kills:`, seen, `${model.snapshots.size} snapshots at the end`);
  expect(seen.acknowledged).toBeGreaterThan(KILLS);
  expect(seen.cutOff).toBeGreaterThan(0);
  await removeAll(root);
});

/** A directory below which everything is unmounted and removed in the end. */
function scratchDirectory(): { readonly root: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'sluice-storm-'));
  return {
    root,
    [Symbol.dispose]() {
      for (const { mountPoint } of findMounts({ below: root }).reverse())
        unmount(mountPoint, { detach: true });
      rmSync(root, { recursive: true });
    },
  };
}

/** @returns what the clients of the process did */
async function stormUntilKilled(root: string, run: string): Promise<StormEvent[]> {
  const journal = join(root, `journal-${run}`);
  const child = spawn(process.execPath, ['--conditions=source', RUNNER, root, journal, run], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem += text;
  });
  const ended = once(child, 'exit');
  try {
    // Sometimes before it is ready; else anywhere in the first third of a second.
    if (randomInt(8) > 0) await Promise.race([once(child.stdout, 'data'), ended, delay(KILL_TIMEOUT_MS / 2)]);
    await Promise.race([ended, delay(randomInt(400))]);
  } finally {
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  expect({ code, signal, problem }).toEqual({ code: null, signal: 'SIGKILL', problem: '' });
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as StormEvent);
}

/** Children first: nothing is left on the disk then. */
async function removeAll(root: string): Promise<void> {
  await using store = await openStormStore(root);
  await store.snapshotter.restore();
  const infos = await collect(store.snapshotter.list([]));
  const left = new Set(infos.map(({ name }) => name));
  while (left.size > 0) {
    const before = left.size;
    for (const name of left) {
      await store.snapshotter.remove(name).then(
        () => left.delete(name),
        () => undefined,
      );
    }
    expect(left.size).toBeLessThan(before);
  }
  await store.snapshotter.cleanup();
  expect(await store.dirs.list()).toEqual({ ids: new Set(), orphans: [] });
  expect(findMounts({ below: root })).toEqual([]);
}
