import { readFileSync } from 'node:fs';

/** Bit numbers of capabilities(7). Source: include/uapi/linux/capability.h. */
export const Capability = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  DAC_READ_SEARCH: 2,
  FOWNER: 3,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  NET_ADMIN: 12,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
  SYS_RESOURCE: 24,
  MKNOD: 27,
  SETFCAP: 31,
} as const;

/** The name of a capability without its prefix. */
export type CapabilityName = keyof typeof Capability;

/**
 * Whether this process may use a capability now (its effective set). In a user namespace that is a capability
 * over what the namespace owns only; see `inUserNamespace`.
 */
export function hasCapability(name: CapabilityName): boolean {
  return (effectiveCapabilities() & (1n << BigInt(Capability[name]))) !== 0n;
}

function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return hex === undefined ? 0n : BigInt(`0x${hex}`);
}

/** Whether this process lives in a user namespace other than the first: 'rootless'. */
export function inUserNamespace(): boolean {
  const map = readFileSync('/proc/self/uid_map', 'latin1').trim().split(/\s+/);
  return map.join(' ') !== '0 0 4294967295';
}
