import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Containers } from '../clients/containers.ts';
import type { Ctr } from '../clients/ctr.ts';
import { containerdConfig } from '../machine/containerd-config.ts';
import { containerdVersions } from '../machine/containerd-version.ts';
import { places } from '../machine/places.ts';
import { run } from '../process/run.ts';
import { CONTAINERD_ADDRESS, connectMachine } from './connect-machine.ts';
import { systemctl } from './systemctl.ts';

export const SLUICE_ROOT = '/var/lib/sluice';
export const SLUICE_ADDRESS = '/run/sluice/sluice.sock';

const LAUNCHER = '/usr/local/bin/sluiced';

/**
 * Puts another version of sluiced into the place of the first, as a package does: files of its own, and then the link.
 * Starts nothing.
 */
export async function installVersion(version: string): Promise<void> {
  const directory = `/opt/sluice-${version}`;
  const daemon = join(directory, 'apps', 'daemon');
  mkdirSync(join(directory, 'apps'), { recursive: true });
  await run(['cp', '-a', join(places.workspace, 'apps', 'daemon'), daemon]);
  await run(['cp', '-a', join(places.workspace, 'packages'), directory]);
  symlinkSync(join(places.workspace, 'node_modules'), join(directory, 'node_modules'));
  const manifest = join(daemon, 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }));
  rmSync(LAUNCHER);
  symlinkSync(join(daemon, 'bin', 'sluiced'), LAUNCHER);
}

/** Installs the unit as its README says, beside Debian's containerd and its unit. Starts neither. */
export async function installServices(): Promise<Ctr & Containers> {
  symlinkSync(join(places.workspace, 'apps', 'daemon', 'bin', 'sluiced'), LAUNCHER);
  const unit = join(places.workspace, 'packaging', 'systemd', 'sluiced.service');
  copyFileSync(unit, '/etc/systemd/system/sluiced.service');
  const [version] = containerdVersions;
  mkdirSync('/etc/containerd', { recursive: true });
  const config = containerdConfig(version!, {
    root: '/var/lib/containerd',
    state: '/run/containerd',
    address: CONTAINERD_ADDRESS,
    sluiceRoot: SLUICE_ROOT,
    sluiceAddress: SLUICE_ADDRESS,
  });
  writeFileSync('/etc/containerd/config.toml', config);
  await run(['systemctl', 'is-system-running', '--wait'], { mayFail: true });
  await systemctl('daemon-reload');
  await systemctl('enable', 'sluiced.service', 'containerd.service');
  return connectMachine();
}
