import { type Snapshotter, SnapshotterError } from '@sluice/snapshotter-core';
import type { Snapshots } from '../../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { batchInfos } from './batch-infos.ts';
import type { MethodsOf, ServiceHandlers } from './service-handlers.ts';
import { toInfoMessage, toMountMessages } from './to-message.ts';

/** containerd.services.snapshots.v1.Snapshots by a snapshotter. The name in the requests is not looked at. */
export function createSnapshotsHandlers(
  snapshotter: Snapshotter,
): ServiceHandlers<MethodsOf<typeof Snapshots>> {
  return {
    async prepare({ key, parent, labels }, o) {
      return { mounts: toMountMessages(await snapshotter.prepare(key, parent, labels, o)) };
    },
    async view({ key, parent, labels }, o) {
      return { mounts: toMountMessages(await snapshotter.view(key, parent, labels, o)) };
    },
    async mounts({ key }, o) {
      return { mounts: toMountMessages(await snapshotter.mounts(key, o)) };
    },
    async commit({ name, key, labels, parent }, o) {
      await snapshotter.commit(name, key, labels, { ...o, ...(parent !== '' && { parent }) });
      return {};
    },
    async remove({ key }, o) {
      await snapshotter.remove(key, o);
      return {};
    },
    async stat({ key }, o) {
      return { info: toInfoMessage(await snapshotter.stat(key, o)) };
    },
    async update({ info, updateMask }, o) {
      if (!info)
        throw new SnapshotterError('INVALID_ARGUMENT', 'Update says of no snapshot what it should be');
      const updated = await snapshotter.update(info.name, info.labels, updateMask?.paths ?? [], o);
      return { info: toInfoMessage(updated) };
    },
    async *list({ filters }, o) {
      for await (const infos of batchInfos(snapshotter.list(filters, o))) {
        yield { info: infos.map(toInfoMessage) };
      }
    },
    async usage({ key }, o) {
      const { sizeBytes, inodes } = await snapshotter.usage(key, o);
      return { size: BigInt(sizeBytes), inodes: BigInt(inodes) };
    },
    async cleanup(_request, o) {
      await snapshotter.cleanup(o);
      return {};
    },
  };
}
