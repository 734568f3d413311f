import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Labels } from '../labels.ts';
import type { ReadTx } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { validateLabels } from '../validate-labels.ts';
import { validateName } from '../validate-name.ts';
import { requireSnapshot } from './require-snapshot.ts';

export interface CommitRequest {
  readonly name: string;
  readonly key: string;
  readonly labels: Labels;
  /** The parent to be; undefined or '' to keep what `key` has. */
  readonly parent: string | undefined;
}

export async function commit(context: Context, request: CommitRequest, options?: CallOptions): Promise<void> {
  const { meta, dirs, clock, fallbacks, availability } = context;
  validateName('name', request.name);
  validateLabels(request.labels);
  const { active } = meta.read((tx) => checkCommit(tx, request));
  const { id } = active;
  await availability.require([active], options);
  // Nobody can make a committed directory again, so it must be on the disk before its record.
  const [usage] = await Promise.all([dirs.usage(id, options), dirs.flush(id)]);
  options?.signal?.throwIfAborted();
  await meta.write((tx) => {
    const { active: now, parent } = checkCommit(tx, request);
    if (now.id !== id) {
      throw new SnapshotterError(
        'FAILED_PRECONDITION',
        `snapshot ${request.key} was replaced during its commit`,
      );
    }
    const { name, labels } = request;
    const notLazy = fallbacks.reasonOf(id);
    tx.commit(request.key, { name, parent, labels, usage, remote: false, notLazy, committedNs: clock() });
  });
  fallbacks.forget(id);
}

function checkCommit(tx: ReadTx, request: CommitRequest): { active: SnapshotRecord; parent: string } {
  const { name, key } = request;
  const active = requireSnapshot(tx, key);
  if (active.kind !== 'active') {
    throw new SnapshotterError('FAILED_PRECONDITION', `snapshot ${key} is not active: it is ${active.kind}`);
  }
  if (tx.get(name)) throw new SnapshotterError('ALREADY_EXISTS', `snapshot ${name} exists already`);
  return { active, parent: parentToBe(tx, active, request.parent) };
}

/** Source: containerd core/snapshots/storage/bolt.go, `CommitActive`: only what has no parent may get one. */
function parentToBe(tx: ReadTx, active: SnapshotRecord, wanted: string | undefined): string {
  if (!wanted || wanted === active.parent) return active.parent;
  if (active.parent !== '') {
    throw new SnapshotterError(
      'INVALID_ARGUMENT',
      `cannot change the parent of snapshot ${active.name} from ${active.parent} to ${wanted}`,
    );
  }
  const { kind } = requireSnapshot(tx, wanted);
  if (kind === 'committed') return wanted;
  throw new SnapshotterError('FAILED_PRECONDITION', `the parent ${wanted} is not committed: it is ${kind}`);
}
