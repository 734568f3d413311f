import type { DirList } from '../ports/layer-dirs.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import type { Diagnosis, LostSnapshot } from './diagnosis.ts';

/**
 * Compares the records of a store that no snapshotter uses with its directories. Pure: reads and changes nothing.
 *
 * Directories alone do not say what they are, so records are needed for everything that is to be kept: those of the
 * database, those that can still be read of a damaged one, or those of a backup.
 *
 * @param records with different names, in any order. A parent that is not among them is lost.
 * @param dirs as `LayerDirs.list` says
 */
export function diagnoseStore(records: readonly SnapshotRecord[], dirs: DirList): Diagnosis {
  const byName = new Map(records.map((record) => [record.name, record]));
  const losses = new Map<string, LostSnapshot | undefined>();
  for (const record of records) judge(record, { byName, losses, dirs });
  const isUsable = ({ name }: SnapshotRecord) => losses.get(name) === undefined;
  const isThere = ({ id, remote }: SnapshotRecord) => remote || dirs.ids.has(id);
  const owned = new Set(records.map(({ id }) => id));
  const names = (some: readonly SnapshotRecord[]) => some.map(({ name }) => name);
  return {
    usable: names(records.filter((record) => isUsable(record) && isThere(record))),
    remade: names(records.filter((record) => isUsable(record) && !isThere(record))),
    lost: [...losses.values()].filter((loss) => loss !== undefined),
    unowned: [...dirs.ids].filter((id) => !owned.has(id)).sort((a, b) => a - b),
    leftovers: dirs.orphans,
  };
}

interface Known {
  readonly byName: ReadonlyMap<string, SnapshotRecord>;
  /** What was found already: undefined for what can be used. */
  readonly losses: Map<string, LostSnapshot | undefined>;
  readonly dirs: DirList;
}

/** Goes down until something is known or the base is reached, and back up. Chains may be longer than a call stack. */
function judge(record: SnapshotRecord, { byName, losses, dirs }: Known): void {
  const path: SnapshotRecord[] = [];
  const onPath = new Set<string>();
  for (let at: SnapshotRecord | undefined = record; at && !losses.has(at.name); at = byName.get(at.parent)) {
    // Only a damaged database has a circle.
    if (onPath.has(at.name)) break;
    onPath.add(at.name);
    path.push(at);
  }
  for (const at of path.reverse()) losses.set(at.name, lossOf(at, { byName, losses, dirs }));
}

function lossOf({ name, id, parent, kind, remote }: SnapshotRecord, known: Known): LostSnapshot | undefined {
  const { byName, losses, dirs } = known;
  if (kind === 'committed' && !remote && !dirs.ids.has(id)) return { name, why: 'content', because: name };
  if (parent === '') return undefined;
  if (!byName.has(parent) || !losses.has(parent)) return { name, why: 'parent', because: parent };
  const below = losses.get(parent);
  return below && { name, why: 'below', because: below.because };
}
