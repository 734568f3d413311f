import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { type Info, Kind, Snapshots } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import type { Mount } from '../gen/containerd/types/mount_pb.js';
import type { RecordedCall, RecordedResponse } from './recording.ts';
import type { ClientCallOptions, SnapshotsClient } from './snapshots-client.ts';

/** Sends a recorded request, and expects the recorded answer as far as it is determined: paths, ids and times are not. */
export async function replayCall(client: SnapshotsClient, call: RecordedCall): Promise<void> {
  const { method: name, error, response = {} } = call;
  const method = Snapshots.methods.find((candidate) => candidate.name === name)!;
  const request = fromJson(method.input, call.request as JsonObject);
  const options: ClientCallOptions = call.metadata ? { metadata: call.metadata } : {};
  if (name === 'List') return expectList(call, await client.list([...(call.request.filters ?? [])], options));
  const answered = client.call(method.localName as 'stat', request as never, options) as Promise<object>;
  if (error) return await expect(answered).rejects.toMatchObject({ code: status[error.code as 'OK'] });
  expectAnswer(await answered, response);
}

function expectAnswer(
  answer: { mounts?: Mount[]; info?: Info; inodes?: bigint },
  recorded: RecordedResponse,
): void {
  const { mounts, info } = recorded;
  if (mounts) expect(answer.mounts!.map(shapeOf)).toEqual(mounts.map(shapeOf));
  if (info) {
    const { name, parent, kind, labels } = answer.info!;
    expect({ name, parent, kind: Kind[kind], labels }).toEqual({
      name: info.name,
      parent: info.parent,
      kind: info.kind,
      labels: info.labels,
    });
    expect(Number(answer.info!.createdAt!.seconds)).toBeGreaterThan(1_600_000_000);
  }
  if (recorded.inodes) expect(answer.inodes).toBeGreaterThanOrEqual(1n);
}

/** What a mount does, without where. Options beyond those of the recorder are the snapshotter's own affair. */
function shapeOf({ type, options }: { type: string; options: readonly string[] }) {
  const layers = options.find((option) => option.startsWith('lowerdir='))?.split(':').length ?? 0;
  const names = options.map((option) => option.split('=')[0]!);
  const known = ['rw', 'ro', 'rbind', 'workdir', 'upperdir', 'lowerdir'].filter((name) =>
    names.includes(name),
  );
  return { type, layers, known };
}

/** After an ALREADY_EXISTS, containerd looks for the layer in just this way, and unpacks it itself if this fails. */
function expectList({ request, response }: RecordedCall, infos: readonly Info[]): void {
  const filter = request.filters?.[0];
  if (filter === undefined) {
    expect(infos).toHaveLength(response!.n!);
    return;
  }
  const [, target, parent] = /^labels\."containerd\.io\/snapshot\.ref"==([^,]+),parent=="([^"]*)"$/.exec(
    filter,
  )!;
  const labels = expect.objectContaining({ 'containerd.io/snapshot.ref': target });
  expect(infos).toEqual([expect.objectContaining({ parent, kind: Kind.COMMITTED, labels })]);
}
