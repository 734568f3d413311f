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

const VERSION = 1;

export function formatKeptState({ source, ...state }: KeptState): string {
  // The digests of all layers above it may take kilobytes.
  const own = { ...source, layers: [source.layerDigest] };
  return JSON.stringify({ version: VERSION, ...state, source: own });
}

/** Undefined for what this version did not write. */
export function parseKeptState(text: string): KeptState | undefined {
  try {
    const { version, handover, mountpoint, device, source } = JSON.parse(text);
    const texts: unknown[] = [handover, mountpoint, device, source.reference, source.layerDigest];
    const isKnown = version === VERSION && texts.every((value) => typeof value === 'string');
    return isKnown ? { handover, mountpoint, device, source } : undefined;
  } catch {
    return undefined;
  }
}
