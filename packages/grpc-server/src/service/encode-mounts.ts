import type { Mount } from '@sluice/snapshotter-core';
import { MessageWriter } from './message-writer.ts';

/** The answer of Prepare, View and Mounts. Field numbers are those of snapshots.proto and mount.proto. */
export function encodeMounts(mounts: readonly Mount[]): Uint8Array {
  const writer = new MessageWriter();
  for (const mount of mounts) writer.message(1, () => writeMount(writer, mount));
  return writer.finish();
}

function writeMount(writer: MessageWriter, { type, source, target, options }: Mount): void {
  if (type) writer.string(1, type);
  if (source) writer.string(2, source);
  if (target) writer.string(3, target);
  for (const option of options) writer.string(4, option);
}
