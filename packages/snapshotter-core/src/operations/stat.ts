import type { Context } from '../context.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import { requireSnapshot } from './require-snapshot.ts';
import { toInfo } from './to-info.ts';

export async function stat(context: Context, name: string): Promise<SnapshotInfo> {
  return toInfo(
    context,
    context.meta.read((tx) => requireSnapshot(tx, name)),
  );
}
