import type { SnapshotInfo } from '@sluice/snapshotter-core';

/** As containerd's own service does. */
const MAX_INFOS = 100;

/** containerd reads messages of up to 16 MiB; a snapshot may have any number of labels of 4 KiB. */
const MAX_TEXT_LENGTH = 1024 * 1024;

/** Puts snapshots together into messages of `List`: full ones, whatever the pages that they come in. */
export async function* batchInfos(
  pages: AsyncIterable<readonly SnapshotInfo[]>,
): AsyncGenerator<readonly SnapshotInfo[]> {
  let batch: SnapshotInfo[] = [];
  let length = 0;
  for await (const page of pages) {
    for (const info of page) {
      batch.push(info);
      length += textLength(info);
      if (batch.length < MAX_INFOS && length < MAX_TEXT_LENGTH) continue;
      yield batch;
      batch = [];
      length = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function textLength({ name, parent, labels }: SnapshotInfo): number {
  let length = name.length + parent.length;
  for (const [key, value] of Object.entries(labels)) length += key.length + value.length;
  return length;
}
