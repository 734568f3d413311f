import type { SnapshotInfo } from '@sluice/snapshotter-core';
import { encodeInfo } from './encode-info.ts';

/** As containerd's own service does. */
const MAX_INFOS = 100;

/** containerd reads messages of up to 16 MiB; a snapshot may have any number of labels of 4 KiB. */
const MAX_BYTES = 1024 * 1024;

/**
 * Makes the messages of Stat, Update and List out of snapshots. What was encoded is kept as long as the snapshot's object
 * is there, so that List, which containerd's garbage collector asks for again and again, only puts it together.
 */
export class InfoMessages {
  private readonly encoded = new WeakMap<SnapshotInfo, string>();

  one(info: SnapshotInfo): Uint8Array {
    return Buffer.from(this.encode(info), 'latin1');
  }

  /** Full ones, whatever the pages that the snapshots come in. */
  async *many(pages: AsyncIterable<readonly SnapshotInfo[]>): AsyncGenerator<Uint8Array> {
    let batch: string[] = [];
    let sizeBytes = 0;
    for await (const page of pages) {
      for (const info of page) {
        const text = this.encode(info);
        batch.push(text);
        sizeBytes += text.length;
        if (batch.length < MAX_INFOS && sizeBytes < MAX_BYTES) continue;
        yield Buffer.from(batch.join(''), 'latin1');
        batch = [];
        sizeBytes = 0;
      }
    }
    if (batch.length > 0) yield Buffer.from(batch.join(''), 'latin1');
  }

  private encode(info: SnapshotInfo): string {
    const known = this.encoded.get(info);
    if (known !== undefined) return known;
    const text = encodeInfo(info);
    this.encoded.set(info, text);
    return text;
  }
}
