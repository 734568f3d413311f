// Runs one task of the workspace on the workspace's own Node 24.
//
// This file is plain JavaScript that Node 20 can run: it is what `npm run demo` and `npm test` start on a
// machine that has nothing but Node and npm. It installs the workspace when the lock file has changed since
// the last installation, and hands over to scripts/<task>.ts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [task, ...args] = process.argv.slice(2);
if (task === undefined || !existsSync(join(root, 'scripts', `${task}.ts`))) {
  fail(`There is no task "${task ?? ''}". The tasks are the scripts of package.json; run "npm run".`);
}
refuseUnsupportedMachine();
installWorkspace();
await runTask();

/** Leaves it to the task to end what it started when this process is asked to end. */
async function runTask() {
  const node = nodeOfWorkspace();
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(node, [...flags, join(root, 'scripts', `${task}.ts`), ...args], spawnOptions());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // The terminal sends SIGINT to the task itself.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  process.exitCode = await new Promise((resolve) => {
    child.on('error', (error) => fail(`Cannot start ${node}: ${error.message}`));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function refuseUnsupportedMachine() {
  if (process.platform !== 'linux') {
    fail(
      `Sluice mounts file systems through the Linux kernel; this machine runs ${process.platform}. Use a Linux machine or virtual machine.`,
    );
  }
  if (!['x64', 'arm64'].includes(process.arch)) {
    fail(`Sluice runs on x64 and arm64; this machine is ${process.arch}.`);
  }
}

function installWorkspace() {
  const stampFile = join(root, 'node_modules', '.sluice-installed');
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  process.stderr.write('Installing the workspace (Node 24 and its packages) with pnpm ...\n');
  const status = run('npx', [
    '-y',
    PNPM,
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
    '--loglevel=error',
  ]);
  if (status !== 0)
    fail(
      `"npx ${PNPM} install" failed with status ${status}. It needs the npm registry; see the messages above.`,
    );
  writeFileSync(stampFile, stamp);
}

function nodeOfWorkspace() {
  const node = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (!existsSync(node)) fail(`${node} is missing. Delete node_modules and run this again.`);
  return node;
}

function run(command, commandArgs) {
  const result = spawnSync(command, commandArgs, spawnOptions());
  if (result.error) fail(`Cannot start ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function spawnOptions() {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, SLUICE_PNPM: PNPM, TURBO_TELEMETRY_DISABLED: '1' };
  return { cwd: root, env, stdio: 'inherit' };
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
