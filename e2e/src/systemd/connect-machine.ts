import { type Containers, createContainers } from '../clients/containers.ts';
import { type Ctr, createCtr } from '../clients/ctr.ts';
import { containerdVersions } from '../machine/containerd-version.ts';

/** Where Debian's containerd listens. */
export const CONTAINERD_ADDRESS = '/run/containerd/containerd.sock';

/** The containerd of the machine, whose services were installed. Starts nothing. */
export function connectMachine(): Ctr & Containers {
  const [version] = containerdVersions;
  const ctr = createCtr(version!, CONTAINERD_ADDRESS, () => 'See journalctl.');
  return { ...ctr, ...createContainers(ctr) };
}
