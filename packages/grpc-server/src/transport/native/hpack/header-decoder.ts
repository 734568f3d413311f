import { decodeHuffman } from './decode-huffman.ts';
import { HeaderTable } from './header-table.ts';
import { HpackError } from './hpack-error.ts';

/** Text has one character a byte. */
export type OnHeader = (name: string, value: string) => void;

/** The default of SETTINGS_HEADER_TABLE_SIZE, which this end keeps. */
const TABLE_BYTES = 4096;
/** No length or index that makes sense has more; and it stays an integer of 32 bits. */
const MAX_INTEGER = 2 ** 28;

/**
 * Decodes the header blocks of one connection, in their order: RFC 7541.
 *
 * ```
 *   1 index(7)                                 an entry of the tables
 *   0 1 index(6) [name] value                  a literal, which goes into the table
 *   0 0 1 size(5)                              the table's size, only at the beginning
 *   0 0 0 N index(4) [name] value              a literal
 *
 *   string:  H length(7) bytes                 H: coded by Huffman
 *   number:  as many bits as there are; all ones, and 7 bits a byte follow, the lowest first
 * ```
 */
export class HeaderDecoder {
  private readonly table = new HeaderTable(TABLE_BYTES);
  private block: Buffer = Buffer.alloc(0);
  private at = 0;

  /**
   * @param block all of it: of HEADERS and its CONTINUATIONs
   * @param onHeader is told each header
   * @throws HpackError
   */
  decode(block: Buffer, onHeader: OnHeader): void {
    this.block = block;
    this.at = 0;
    while (this.at < block.length && (block[this.at]! & 0xe0) === 0x20) this.table.resize(this.integer(5));
    while (this.at < block.length) this.next(onHeader);
  }

  private next(onHeader: OnHeader): void {
    const first = this.block[this.at]!;
    if (first & 0x80) {
      const [name, value] = this.table.at(this.integer(7));
      onHeader(name, value);
    } else if (first & 0x40) {
      const entry = [this.name(6), this.string()] as const;
      this.table.add(entry);
      onHeader(...entry);
    } else if (first & 0x20) {
      throw new HpackError('the size of the table is changed in the middle of a block');
    } else {
      onHeader(this.name(4), this.string());
    }
  }

  private name(bits: number): string {
    const index = this.integer(bits);
    return index === 0 ? this.string() : this.table.at(index)[0];
  }

  private string(): string {
    const isHuffman = (this.byte(this.at) & 0x80) !== 0;
    const length = this.integer(7);
    const end = this.at + length;
    if (end > this.block.length) throw new HpackError('a string ends beyond its block');
    const start = this.at;
    this.at = end;
    if (isHuffman) return decodeHuffman(this.block.subarray(start, end));
    return this.block.toString('latin1', start, end);
  }

  private integer(bits: number): number {
    const mask = (1 << bits) - 1;
    let value = this.byte(this.at++) & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte(this.at++);
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) throw new HpackError('a number is too large');
      if (byte < 0x80) return value;
    }
  }

  private byte(at: number): number {
    const byte = this.block[at];
    if (byte === undefined) throw new HpackError('a header ends beyond its block');
    return byte;
  }
}
