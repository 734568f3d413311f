import { ID_MAPPING_LABELS, type Labels, SnapshotterError } from '@sluice/snapshotter-core';

/** How a snapshot is to be mounted idmapped. */
export interface IdMapping {
  /** For containerd, which performs the mount: `uidmap=0:100000:65536` and `gidmap=...`. */
  readonly mountOptions: readonly string[];
  /** What the container's root is outside. */
  readonly root: { readonly uid: number; readonly gid: number };
}

/**
 * Reads the labels that ask for an idmapped mount; undefined where there are none.
 *
 * @throws SnapshotterError INVALID_ARGUMENT for one without the other, for what is no mapping, and where root is
 *   not mapped
 */
export function parseIdMapping(labels: Labels): IdMapping | undefined {
  const [uids, gids] = [labels[ID_MAPPING_LABELS.uid], labels[ID_MAPPING_LABELS.gid]];
  if (uids === undefined && gids === undefined) return undefined;
  return {
    mountOptions: [`uidmap=${uids}`, `gidmap=${gids}`],
    root: { uid: rootOf(ID_MAPPING_LABELS.uid, uids), gid: rootOf(ID_MAPPING_LABELS.gid, gids) },
  };
}

/** Ids are 32 bits wide; the last one stands for none. */
const MAX_ID = 2 ** 32 - 2;

function rootOf(label: string, mapping = ''): number {
  const ranges = mapping.split(',').map((range) => {
    const [, ...fields] = /^(\d+):(\d+):(\d+)$/.exec(range) ?? [];
    const [inside = Number.NaN, outside = Number.NaN, count = 0] = fields.map(Number);
    if (!(count > 0 && inside + count - 1 <= MAX_ID && outside + count - 1 <= MAX_ID)) {
      throw refusal(label, mapping, 'it must be <inside>:<outside>:<count>, or several with commas');
    }
    return { inside, outside };
  });
  const root = ranges.find(({ inside }) => inside === 0);
  if (!root) throw refusal(label, mapping, 'it must map id 0');
  return root.outside;
}

function refusal(label: string, mapping: string, rule: string): SnapshotterError {
  return new SnapshotterError(
    'INVALID_ARGUMENT',
    `the label ${label} is ${JSON.stringify(mapping)}: ${rule}, and both ${ID_MAPPING_LABELS.uid} and ${ID_MAPPING_LABELS.gid} are needed`,
  );
}
