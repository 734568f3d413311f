import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createDaemonHome, type TestDaemon } from './daemon-home.ts';
import { createSnapshotsClient, type SnapshotsClient } from './snapshots-client.ts';

const CALLS_AT_ONCE = 1000;
/** Until code is compiled, and the heap has the size that it needs under load. */
const FIRST_ROUNDS = 4;
const MEASURED_ROUNDS = Number(process.env['SLUICE_CROWD_ROUNDS'] ?? 8);
/**
 * Half of what the measured rounds would leave if every call kept 2 KiB; twice what the heap's size swings by, which depends
 * on when garbage is collected.
 */
const TOLERATED_MB = 24;

function residentMb({ pid }: TestDaemon): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) / 1024;
}

/** Very many at once: each makes a snapshot, looks at it and removes it. */
async function crowd(client: SnapshotsClient, round: number): Promise<void> {
  const labels = { 'containerd.io/snapshot/cri.image-layers': 'sha256:0123456789abcdef,'.repeat(10) };
  const life = async (key: string) => {
    await client.prepare(key, '', labels);
    await client.stat(key);
    await client.remove(key);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, (_, i) => life(`crowd/${round}-${i}`)));
}

it(`sluiced takes no more memory after ${FIRST_ROUNDS + MEASURED_ROUNDS} crowds of ${CALLS_AT_ONCE} clients than after ${FIRST_ROUNDS}`, {
  timeout: 60_000 + (FIRST_ROUNDS + MEASURED_ROUNDS) * 20_000,
}, async () => {
  await using home = createDaemonHome();
  const daemon = await home.start({ config: '[fuse]\ndriver = "none"\n' });
  using client = createSnapshotsClient(home.address);
  const sizes = [residentMb(daemon)];
  for (let round = 1; round <= FIRST_ROUNDS + MEASURED_ROUNDS; round++) {
    await crowd(client, round);
    sizes.push(residentMb(daemon));
  }
  console.log(`MB at the start and after each crowd: ${sizes.map(Math.round).join(', ')}`);
  const mostAtFirst = Math.max(...sizes.slice(0, FIRST_ROUNDS + 1));
  expect(sizes.at(-1)! - mostAtFirst).toBeLessThan(TOLERATED_MB);
});
