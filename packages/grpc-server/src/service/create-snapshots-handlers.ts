import { type Snapshotter, SnapshotterError } from '@sluice/snapshotter-core';
import type { Snapshots } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { encodeMounts } from './encode-mounts.ts';
import { InfoMessages } from './info-messages.ts';
import type { MethodsOf, ServiceHandlers } from './service-handlers.ts';

/** containerd.services.snapshots.v1.Snapshots by a snapshotter. The name in the requests is not looked at. */
export function createSnapshotsHandlers(
  snapshotter: Snapshotter,
): ServiceHandlers<MethodsOf<typeof Snapshots>> {
  const infos = new InfoMessages();
  return {
    async prepare({ key, parent, labels }, o) {
      return encodeMounts(await snapshotter.prepare(key, parent, labels, o));
    },
    async view({ key, parent, labels }, o) {
      return encodeMounts(await snapshotter.view(key, parent, labels, o));
    },
    async mounts({ key }, o) {
      return encodeMounts(await snapshotter.mounts(required('key', key), o));
    },
    async commit({ name, key, labels, parent }, o) {
      await snapshotter.commit(name, required('key', key), labels, {
        ...o,
        ...(parent !== '' && { parent }),
      });
      return {};
    },
    async remove({ key }, o) {
      await snapshotter.remove(required('key', key), o);
      return {};
    },
    async stat({ key }, o) {
      return infos.one(await snapshotter.stat(required('key', key), o));
    },
    async update({ info, updateMask }, o) {
      const name = required('info.name', info?.name);
      return infos.one(await snapshotter.update(name, info?.labels ?? {}, updateMask?.paths ?? [], o));
    },
    list({ filters }, o) {
      return infos.many(snapshotter.list(filters, o));
    },
    async usage({ key }, o) {
      const { sizeBytes, inodes } = await snapshotter.usage(required('key', key), o);
      return { size: BigInt(sizeBytes), inodes: BigInt(inodes) };
    },
    async cleanup(_request, o) {
      await snapshotter.cleanup(o);
      return {};
    },
  };
}

/** An empty name is a client's mistake, not the question whether there is such a snapshot. */
function required(field: string, value: string | undefined): string {
  if (value) return value;
  throw new SnapshotterError('INVALID_ARGUMENT', `the request needs ${field}: the name of a snapshot`);
}
