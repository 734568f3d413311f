import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Containers, createContainers } from '../clients/containers.ts';
import { type Ctr, createCtr } from '../clients/ctr.ts';
import { containerdConfig } from '../machine/containerd-config.ts';
import { containerdVersions } from '../machine/containerd-version.ts';
import { places } from '../machine/places.ts';
import { run } from '../process/run.ts';
import { systemctl } from './systemctl.ts';

export const SLUICE_ROOT = '/var/lib/sluice';
export const SLUICE_ADDRESS = '/run/sluice/sluice.sock';
const CONTAINERD_ADDRESS = '/run/containerd/containerd.sock';

/** Installs the unit as its README says, beside Debian's containerd and its unit. Starts neither. */
export async function installServices(): Promise<Ctr & Containers> {
  symlinkSync(join(places.workspace, 'apps', 'daemon', 'bin', 'sluiced'), '/usr/local/bin/sluiced');
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
  const ctr = createCtr(version!, CONTAINERD_ADDRESS, () => 'See journalctl.');
  return { ...ctr, ...createContainers(ctr) };
}
