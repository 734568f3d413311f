import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import { waitWithSignal } from '../work/wait-with-signal.ts';

export async function cleanup(context: Context, options?: CallOptions): Promise<void> {
  await waitWithSignal(context.removals.drain(), options);
  await sweep(context, options);
}

/** Removes directories that no snapshot owns; `dirs` knows those of calls under way. */
async function sweep(context: Context, options?: CallOptions): Promise<void> {
  const { meta, dirs, removals, logger } = context;
  const { ids, orphans } = await dirs.list();
  // Read after the directories: a directory gets its id only when its record is there.
  const recorded = meta.read((tx) => tx.ids());
  for (const name of orphans) {
    options?.signal?.throwIfAborted();
    try {
      await dirs.removeOrphan(name, options);
    } catch (err) {
      logger.warn({ directory: name, err }, 'cannot remove a directory that no snapshot owns');
    }
  }
  const abandoned = [...ids].filter((id) => !recorded.has(id));
  await waitWithSignal(Promise.all(abandoned.map((id) => removals.remove(id))), options);
}
