import { HpackError } from './hpack-error.ts';
import { STATIC_TABLE } from './static-table.ts';

type Entry = readonly [name: string, value: string];

/** RFC 7541, section 4.1: what an entry counts beside its text. */
const ENTRY_OVERHEAD_BYTES = 32;

/** Both tables of one direction of a connection: RFC 7541, section 2.3. Strings have one character a byte. */
export class HeaderTable {
  /** The newest last. */
  private readonly entries: Entry[] = [];
  private sizeBytes = 0;
  private maxBytes: number;
  private readonly limitBytes: number;

  /** @param limitBytes what the other end was told, or the default of 4096 */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
    this.maxBytes = limitBytes;
  }

  /** @throws HpackError if there is no such entry */
  at(index: number): Entry {
    const entry =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : this.entries[this.entries.length - (index - STATIC_TABLE.length)];
    if (entry) return entry;
    throw new HpackError(`there is no header with index ${index}`);
  }

  /** One that is larger than the table empties it. */
  add(entry: Entry): void {
    this.entries.push(entry);
    this.sizeBytes += sizeOf(entry);
    this.evict();
  }

  /** @throws HpackError beyond the limit */
  resize(maxBytes: number): void {
    if (maxBytes > this.limitBytes) throw new HpackError(`a table of ${maxBytes} bytes was not agreed on`);
    this.maxBytes = maxBytes;
    this.evict();
  }

  private evict(): void {
    while (this.sizeBytes > this.maxBytes) this.sizeBytes -= sizeOf(this.entries.shift()!);
  }
}

function sizeOf([name, value]: Entry): number {
  return name.length + value.length + ENTRY_OVERHEAD_BYTES;
}
