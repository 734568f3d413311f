import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Labels } from '../labels.ts';
import { NotLazyError } from '../not-lazy-error.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { WriteTx } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import type { TargetRequest } from './snapshot-request.ts';

/**
 * Mounts the layer in the directory of an active snapshot, and turns that into the committed target.
 *
 * @throws NotLazyError if the layer cannot be mounted, another error if it cannot be recorded; nothing is mounted
 *   then, and the active snapshot is as it was
 */
export async function provideTarget(
  context: Context,
  { request, target, record }: TargetRequest & { record: SnapshotRecord },
  options?: CallOptions,
): Promise<void> {
  const { fileSystem, dirs, meta, clock, metrics } = context;
  if (!fileSystem) throw new NotLazyError('no-file-system', 'lazy mounting is switched off');
  const startedNs = clock();
  const mountpoint = dirs.contentPath(record.id);
  await mountLazily(fileSystem, { mountpoint, labels: request.labels }, options);
  try {
    options?.signal?.throwIfAborted();
    await meta.write((tx) => {
      tx.commit(record.name, {
        name: freeName(tx, target, record.id),
        parent: record.parent,
        labels: request.labels,
        usage: fileSystem.usage(mountpoint),
        remote: true,
        committedNs: clock(),
      });
    });
  } catch (error) {
    await fileSystem.unmount(mountpoint);
    throw error;
  }
  metrics?.lazilyPrepared({ durationMs: Number(clock() - startedNs) / 1e6 });
}

async function mountLazily(
  fileSystem: FileSystem,
  { mountpoint, labels }: { mountpoint: string; labels: Labels },
  options?: CallOptions,
): Promise<void> {
  try {
    await fileSystem.mount(mountpoint, labels, options);
  } catch (cause) {
    if (cause instanceof NotLazyError || options?.signal?.aborted) throw cause;
    throw new NotLazyError('internal', 'the layer could not be mounted', { cause });
  }
}

/**
 * The chain ID, unless a snapshot has it that stands on another parent: the same layers may be there twice, once
 * lazy and once unpacked, under different names.
 */
function freeName(tx: WriteTx, target: string, id: number): string {
  return tx.get(target) ? `${target}#${id}` : target;
}
