import type { Context } from '../context.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { requireSnapshot } from './require-snapshot.ts';

export async function remove(context: Context, name: string): Promise<void> {
  const { id } = await context.meta.write((tx) => {
    requireSnapshot(tx, name);
    if (!tx.hasChildren(name)) return tx.remove(name);
    throw new SnapshotterError(
      'FAILED_PRECONDITION',
      `cannot remove snapshot ${name}: it has children; remove them first`,
    );
  });
  const idle = context.availability.forget(id);
  context.fallbacks.forget(id);
  const freed = context.removals.remove(id, idle);
  if (!context.asyncRemove) await freed;
}
