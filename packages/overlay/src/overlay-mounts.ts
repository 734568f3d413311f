import type { Mount, SnapshotDirs } from '@sluice/snapshotter-core';
import { parseIdMapping } from './id-mapping.ts';
import type { LayerLayout } from './layer-layout.ts';

/**
 * On an active snapshot: its writes need not survive a crash, so overlayfs skips syncing. The value is
 * ignored.
 */
const VOLATILE_LABEL = 'containerd.io/snapshot/overlay.volatile';

/**
 * The mounts of a snapshot, in the form and order of containerd's own overlay snapshotter, whose clients read
 * `upperdir=` and `lowerdir=` out of them to compute differences:
 *
 *     parents    active                              view
 *     none       bind rw,rbind of its content        bind ro,rbind of its content
 *     one        overlay upper + 1 lower             bind ro,rbind of the parent's content
 *     more       overlay upper + lowers              overlay of lowers
 *
 * `lowerdir` is one option with full paths. With many parents it exceeds the page that mount(2) takes;
 * containerd then changes to the directory that the paths share and shortens them, which asks for exactly
 * this form: no `lowerdir+=`, and no path above `<root>/snapshots`.
 *
 * Labels that ask for an idmapped mount put `uidmap=` and `gidmap=` in front of all.
 *
 * Source: containerd plugins/snapshots/overlay/overlay.go, `mounts`; core/mount/mount_linux.go,
 * `compactLowerdirOption`.
 *
 * @param extraOptions appended to overlays, not to bind mounts
 */
export function overlayMounts(
  layout: LayerLayout,
  extraOptions: readonly string[],
  { id, kind, parentIds, labels }: SnapshotDirs,
): readonly Mount[] {
  const idMap = parseIdMapping(labels)?.mountOptions ?? [];
  const [parentId] = parentIds;
  if (parentId === undefined) return [bind(layout.fs(id), [...idMap, kind === 'active' ? 'rw' : 'ro'])];
  if (kind !== 'active' && parentIds.length === 1) return [bind(layout.fs(parentId), [...idMap, 'ro'])];
  const upper = kind === 'active' ? [`workdir=${layout.work(id)}`, `upperdir=${layout.fs(id)}`] : [];
  const volatile = kind === 'active' && Object.hasOwn(labels, VOLATILE_LABEL) ? ['volatile'] : [];
  const lower = `lowerdir=${parentIds.map(layout.fs).join(':')}`;
  const options = [...idMap, ...upper, lower, ...extraOptions, ...volatile];
  return [{ type: 'overlay', source: 'overlay', target: '', options }];
}

function bind(source: string, options: readonly string[]): Mount {
  return { type: 'bind', source, target: '', options: [...options, 'rbind'] };
}
