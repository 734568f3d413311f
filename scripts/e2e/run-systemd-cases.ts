import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { addCounts, addFailure, type Counts, readCounts } from '../steps/counts.ts';
import type { ContainerEngine } from './container-engine.ts';
import { REPORT_FILE, vitestCommand } from './vitest-command.ts';

interface SystemdCases {
  /** One whose entry point is systemd. */
  readonly image: string;
  readonly imagesDir: string;
  readonly vitestArgs: readonly string[];
  readonly signal: AbortSignal;
}

const workspace = join(import.meta.dirname, '..', '..');
const CASES_TIMEOUT_MS = 240_000;
/** What the engine itself may take to start and to end a container. */
const ENGINE_TIMEOUT_MS = 60_000;

/** What runs before the machine is switched off and on, and what runs after it: configurations of vitest. */
const CONFIGS = ['vitest.systemd.config.ts', 'vitest.reboot.config.ts'];

/**
 * Boots a container with systemd, runs the tests of the unit in it, and those of the restarted machine, and prints what
 * the test runner prints.
 */
export async function runSystemdCases(engine: ContainerEngine, cases: SystemdCases): Promise<Counts> {
  const stateDir = mkdtempSync(join(tmpdir(), `sluice-e2e-${process.pid}-`));
  const name = basename(stateDir);
  const { signal } = cases;
  mkdirSync(join(stateDir, 'compiled'));
  // Overlayfs cannot have its upper layers in the container's own root.
  mkdirSync(join(stateDir, 'sluice'));
  try {
    await engine.run(bootArgs(engine, cases, { name, stateDir }), { timeoutMs: ENGINE_TIMEOUT_MS, signal });
    let total: Counts = { passed: 0, failed: 0 };
    for (const config of CONFIGS) {
      if (total.passed > 0) await switchOffAndOn(engine, name, signal);
      total = addCounts(total, await runConfig(engine, cases, { name, stateDir, config }));
    }
    return total;
  } finally {
    await engine.run(['rm', '--force', name], { mayFail: true, timeoutMs: ENGINE_TIMEOUT_MS });
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** What is in memory is gone then, as mounts are and processes; disks stay. */
async function switchOffAndOn(engine: ContainerEngine, name: string, signal: AbortSignal): Promise<void> {
  await engine.run(['kill', name], { timeoutMs: ENGINE_TIMEOUT_MS, signal });
  await engine.run(['wait', name], { mayFail: true, timeoutMs: ENGINE_TIMEOUT_MS, signal });
  await engine.run(['start', name], { timeoutMs: ENGINE_TIMEOUT_MS, signal });
}

async function runConfig(
  engine: ContainerEngine,
  { vitestArgs, signal }: SystemdCases,
  { name, stateDir, config }: { name: string; stateDir: string; config: string },
): Promise<Counts> {
  const report = join(stateDir, REPORT_FILE);
  rmSync(report, { force: true });
  const { status } = await engine.run(execArgs(name, [`--config=${config}`, ...vitestArgs]), {
    mayFail: true,
    timeoutMs: CASES_TIMEOUT_MS + ENGINE_TIMEOUT_MS,
    signal,
    onOutput: (text) => process.stdout.write(text),
  });
  const counts = readCounts(report);
  // Whatever went wrong beside the tests is a failure too.
  return status === 0 || counts.failed > 0 ? counts : addFailure(counts, `vitest ended with ${status}`);
}

function bootArgs(
  engine: ContainerEngine,
  { image, imagesDir }: SystemdCases,
  { name, stateDir }: { name: string; stateDir: string },
): string[] {
  const systemd =
    engine.name === 'podman'
      ? ['--systemd=always']
      : ['--env=container=docker', '--tmpfs=/run', '--tmpfs=/run/lock', '--cgroupns=private'];
  return [
    'run',
    '--detach',
    `--name=${name}`,
    '--label=sluice-e2e',
    ...engine.privileges,
    ...systemd,
    '--network=none',
    `--volume=${workspace}:/workspace:ro`,
    `--volume=${imagesDir}:/sluice-e2e/images:ro`,
    `--volume=${stateDir}:/sluice-e2e/state`,
    `--volume=${join(stateDir, 'sluice')}:/var/lib/sluice`,
    image,
    String(Math.ceil((CASES_TIMEOUT_MS + ENGINE_TIMEOUT_MS) / 1000)),
  ];
}

function execArgs(name: string, vitestArgs: readonly string[]): string[] {
  const colour = process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR';
  return [
    'exec',
    `--env=${colour}=1`,
    '--env=NODE_COMPILE_CACHE=/sluice-e2e/state/compiled',
    '--workdir=/workspace/e2e',
    name,
    ...['timeout', '--kill-after=5', String(CASES_TIMEOUT_MS / 1000)],
    ...[
      `/workspace/node_modules/node-linux-${process.arch}/bin/node`,
      '--disable-warning=ExperimentalWarning',
    ],
    ...vitestCommand(vitestArgs),
  ];
}
