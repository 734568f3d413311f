import type { Context } from '../context.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import { requireSnapshot } from './require-snapshot.ts';
import { toInfo } from './to-info.ts';

export async function stat({ meta }: Context, name: string): Promise<SnapshotInfo> {
  return toInfo(meta.read((tx) => requireSnapshot(tx, name)));
}
