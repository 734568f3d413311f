import { readFileSync } from 'node:fs';
import { buildEstargz } from '@sluice/testkit/estargz';
import { createTestRegistry } from '@sluice/testkit/registry';
import { expect, it } from 'vitest';
import { createDaemonHome, type TestDaemon } from './daemon-home.ts';
import { publishImage } from './publish-image.ts';
import { createSnapshotsClient } from './snapshots-client.ts';
import { waitUntil } from './wait-until.ts';

// The goal is set for 50 layers of 10000 files.
const LAYERS = Number(process.env['SLUICE_MOUNTED_LAYERS'] ?? 10);
const FILES = Number(process.env['SLUICE_MOUNTED_FILES'] ?? 6000);
/** Memory is released some 20 seconds after layers were opened. */
const RELEASE_TIMEOUT_MS = 90_000;
/** By so much two starts differ, which leave more or less garbage. As objects, inodes would take 0.4 kB each: 24 MB. */
const START_MB = 10;

const layers = Array.from({ length: LAYERS }, (_, layer) =>
  buildEstargz(
    Array.from({ length: FILES }, (_, file) => ({
      name: `usr/lib/package-${file % 200}/module-${layer}-${file}.py`,
      type: 'reg' as const,
      content: `module ${layer} ${file}`,
    })),
  ),
);

function memoryOf(daemon: TestDaemon) {
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
  const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1000;
  return { residentMb: of('VmRSS'), anonymousMb: of('RssAnon') };
}

it(`a restarted sluiced has ${LAYERS} layers with ${FILES} files each again without the network, and takes hardly more memory than one without any`, {
  timeout: 300_000 + LAYERS * 10_000,
}, async () => {
  await using home = createDaemonHome();
  const registry = await createTestRegistry();
  const image = publishImage(registry, layers);
  const config = '[fetch]\nbackground = false\n';
  const first = await home.start({ config });
  const empty = memoryOf(first);
  using client = createSnapshotsClient(home.address);
  for (const layer of layers) {
    await expect(client.prepare('extract', '', image.labelsOf(layer))).rejects.toMatchObject({ code: 6 });
  }
  await registry[Symbol.asyncDispose]();
  await first.crash();

  const began = performance.now();
  const daemon = await home.start({ config });
  const restored = () => daemon.log().find(({ msg }) => msg === 'lazily mounted layers are restored');
  await waitUntil(restored, { what: () => daemon.stderr(), timeoutMs: 60_000 });
  const restoredMs = Math.round(performance.now() - began);
  expect(restored()).toMatchObject({ layers: LAYERS, unavailable: 0 });
  await waitUntil(() => memoryOf(daemon).residentMb < empty.residentMb + START_MB, {
    what: () => `hardly more memory than ${JSON.stringify(empty)}: ${JSON.stringify(memoryOf(daemon))}`,
    timeoutMs: RELEASE_TIMEOUT_MS,
  });
  console.log(`without layers ${JSON.stringify(empty)}; restored in ${restoredMs} ms`, memoryOf(daemon));
});
