import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Mount, SnapshotInfo, SnapshotKind } from '@sluice/snapshotter-core';
import { type InfoSchema, Kind } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import type { MountSchema } from '../../gen/containerd/types/mount_pb.js';

const kinds: Readonly<Record<SnapshotKind, Kind>> = {
  view: Kind.VIEW,
  active: Kind.ACTIVE,
  committed: Kind.COMMITTED,
};

const NS_PER_SECOND = 1_000_000_000n;

export function toInfoMessage(info: SnapshotInfo): MessageInitShape<typeof InfoSchema> {
  return {
    name: info.name,
    parent: info.parent,
    kind: kinds[info.kind],
    createdAt: toTimestamp(info.createdNs),
    updatedAt: toTimestamp(info.updatedNs),
    labels: { ...info.labels },
  };
}

export function toMountMessages(mounts: readonly Mount[]): MessageInitShape<typeof MountSchema>[] {
  return mounts.map((mount) => ({ ...mount, options: [...mount.options] }));
}

/** @param timeNs since 1970. The nanos of a timestamp are never negative, also before 1970. */
export function toTimestamp(timeNs: bigint): MessageInitShape<typeof TimestampSchema> {
  const nanos = ((timeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { seconds: (timeNs - nanos) / NS_PER_SECOND, nanos: Number(nanos) };
}
