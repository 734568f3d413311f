import type { SnapshotRecord } from '@sluice/snapshotter-core';

/** What a record takes without its text, with what others keep of it. */
const RECORD_BYTES = 1000;

/** Records as they are in the database, by name and by id: those that were used last, up to a size. */
export class RecordCache {
  private readonly byName = new Map<string, SnapshotRecord>();
  private readonly byId = new Map<number, SnapshotRecord>();
  private readonly limitBytes: number;
  private sizeBytes = 0;

  /** @param limitBytes of all records, estimated */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get(name: string): SnapshotRecord | undefined {
    const record = this.byName.get(name);
    if (!record) return undefined;
    this.byName.delete(name);
    this.byName.set(name, record);
    return record;
  }

  /** Does not count as a use: a walk over all would leave nothing else. */
  withId(id: number): SnapshotRecord | undefined {
    return this.byId.get(id);
  }

  /** Keeps a record, in place of an older one and of those that were not used for longest. @returns it */
  keep(record: SnapshotRecord): SnapshotRecord {
    this.delete(record.name);
    this.add(record);
    for (const name of this.byName.keys()) {
      if (this.sizeBytes <= this.limitBytes) break;
      this.delete(name);
    }
    return record;
  }

  /** Keeps a record if there is room. @returns it */
  keepIfRoom(record: SnapshotRecord): SnapshotRecord {
    if (this.sizeBytes + sizeOf(record) <= this.limitBytes) this.keep(record);
    return record;
  }

  delete(name: string): void {
    const record = this.byName.get(name);
    if (!record) return;
    this.byName.delete(name);
    this.byId.delete(record.id);
    this.sizeBytes -= sizeOf(record);
  }

  clear(): void {
    this.byName.clear();
    this.byId.clear();
    this.sizeBytes = 0;
  }

  private add(record: SnapshotRecord): void {
    this.byName.set(record.name, record);
    this.byId.set(record.id, record);
    this.sizeBytes += sizeOf(record);
  }
}

/** Twice the text: whoever encodes records keeps it, too. */
function sizeOf({ name, parent, labels, layerLabels = {} }: SnapshotRecord): number {
  return RECORD_BYTES + 2 * (name.length + parent.length + lengthOf(labels) + lengthOf(layerLabels));
}

function lengthOf(labels: SnapshotRecord['labels']): number {
  let length = 0;
  for (const key of Object.keys(labels)) length += key.length + labels[key]!.length;
  return length;
}
