import type { LayerSource } from '../labels/layer-source.ts';

/** What is remembered of a mount beside its connection. */
export interface KeptState {
  /** MountHandover.state: what its server agreed on with the kernel. */
  readonly handover: string;
  readonly mountpoint: string;
  /** The file system's device number, 'MAJOR:MINOR': tells this mount from a later one at the same place. */
  readonly device: string;
  /** Where the layer is to be had; it names no layer but this one. */
  readonly source: LayerSource;
}

/**
 * To be raised only where older versions of this program could not serve the mount any more, whatever the reason: what
 * is written here, the handover, or how trees are numbered. Fields may be added at any time; unknown ones are ignored.
 */
const VERSION = 1;

export function formatKeptState({ source, ...state }: KeptState): string {
  // The digests of all layers above it may take kilobytes.
  const own = { ...source, layers: [source.layerDigest] };
  return JSON.stringify({ version: VERSION, ...state, source: own });
}

/** @returns 'newer' for what a later version of this program wrote; undefined for what is no such state */
export function parseKeptState(text: string): KeptState | 'newer' | undefined {
  try {
    const { version, handover, mountpoint, device, source } = JSON.parse(text);
    if (Number.isInteger(version) && version > VERSION) return 'newer';
    const texts: unknown[] = [handover, mountpoint, device, source.reference, source.layerDigest];
    const isKnown = version === VERSION && texts.every((value) => typeof value === 'string');
    return isKnown ? { handover, mountpoint, device, source } : undefined;
  } catch {
    return undefined;
  }
}
