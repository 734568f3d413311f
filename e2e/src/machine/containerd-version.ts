/** One of the containerds that are in the image. */
export interface ContainerdVersion {
  /** How it is chosen, and the prefix of what it answers to `--version`. */
  readonly name: '1.6' | '1.7' | '2';
  /** Directory of its programs; the shims must be those of the same version. */
  readonly bin: string;
}

export const containerdVersions: readonly ContainerdVersion[] = [
  { name: '1.6', bin: '/usr/bin' },
  { name: '1.7', bin: '/opt/containerd/1.7/usr/bin' },
  { name: '2', bin: '/opt/containerd/2/usr/bin' },
];

/** That of the environment variable SLUICE_E2E_CONTAINERD; the oldest without it. */
export function chosenVersion(): ContainerdVersion {
  const name = process.env['SLUICE_E2E_CONTAINERD'] ?? '1.6';
  const version = containerdVersions.find((candidate) => candidate.name === name);
  if (version) return version;
  const names = containerdVersions.map((candidate) => candidate.name).join(', ');
  throw new Error(`SLUICE_E2E_CONTAINERD is ${name}, but the image has ${names}.`);
}
