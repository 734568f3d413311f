import { createHash } from 'node:crypto';
import { FuseError } from '../fuse-error.ts';
import type { InodeTree } from '../inode-tree.ts';
import type { Negotiated } from './negotiate.ts';

/** What `MountHandover.state` says. */
export interface HandoverState {
  readonly mountpoint: string;
  /** Names the tree: the kernel keeps node ids, which must mean the same to the next server. */
  readonly tree: string;
  /** FuseMountOptions.opensFile */
  readonly opensFile: string | undefined;
  readonly negotiated: Negotiated;
}

const VERSION = 1;

export function formatHandoverState(state: HandoverState): string {
  return JSON.stringify({ version: VERSION, ...state });
}

/** @throws FuseError BAD_HANDOVER */
export function parseHandoverState(text: string): HandoverState {
  const state = parseObject(text);
  if (state['version'] !== VERSION) throw bad(`it has the version ${state['version']}, not ${VERSION}`);
  const { mountpoint, tree, opensFile, negotiated } = state as Partial<HandoverState>;
  const agreed = negotiated as Partial<Negotiated> | undefined;
  if (
    typeof mountpoint !== 'string' ||
    typeof tree !== 'string' ||
    (opensFile !== undefined && typeof opensFile !== 'string') ||
    typeof agreed?.withoutOpen !== 'boolean' ||
    typeof agreed.withoutOpendir !== 'boolean' ||
    !['on', 'off', 'not-offered'].includes(agreed.passthrough ?? '')
  ) {
    throw bad('a field is missing');
  }
  return { mountpoint, tree, opensFile, negotiated: agreed as Negotiated };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw bad('it is no JSON object');
}

function bad(what: string): FuseError {
  return new FuseError('BAD_HANDOVER', `The state of a FUSE mount cannot be read: ${what}. Mount it anew.`);
}

/** A digest over all columns: equal for trees whose inodes have the same numbers and attributes. */
export function nameOfTree({ inodeCount, inodes, entries, names, xattrs }: InodeTree): string {
  const hash = createHash('sha256').update(String(inodeCount));
  const piece = new Uint8Array(64 * 1024);
  for (const column of [...Object.values(inodes), ...Object.values(entries), names, xattrs]) {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    for (let at = 0; at < bytes.length; at += piece.length) {
      // A copy: hashes do not take shared memory.
      piece.set(bytes.subarray(at, at + piece.length));
      hash.update(piece.subarray(0, bytes.length - at));
    }
  }
  return hash.digest('hex').slice(0, 32);
}
