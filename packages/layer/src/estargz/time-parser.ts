import type { ByteArena } from '../build/byte-arena.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;
/** No useful time is longer: seconds, nine decimals and a zone have 35 characters. */
const longest = 64;

/**
 * Parses points in time (RFC 3339) into seconds since 1970 and nanoseconds; the empty string is 1970. Remembers
 * the last one: thousands of files of a layer were often made in the same second.
 */
export class TimeParser {
  seconds = 0;
  nanoseconds = 0;
  private readonly last = new Uint8Array(longest);
  private lastLength = 0;

  /** @returns whether the text is a point in time; `seconds` and `nanoseconds` hold it then */
  parse(text: ByteArena): boolean {
    if (this.isLast(text)) return true;
    this.lastLength = 0;
    this.seconds = 0;
    this.nanoseconds = 0;
    if (text.length === 0) return true;
    const match = text.length <= longest ? shape.exec(Buffer.from(text.view()).toString('latin1')) : null;
    if (!match || !this.assign(match)) return false;
    this.last.set(text.view());
    this.lastLength = text.length;
    return true;
  }

  private isLast(text: ByteArena): boolean {
    const { bytes, length } = text;
    if (length === 0 || length !== this.lastLength) return false;
    for (let i = length - 1; i >= 0; i--) if (bytes[i] !== this.last[i]) return false;
    return true;
  }

  private assign([, year, month, day, hour, minute, second, fraction = '', zone]: RegExpExecArray): boolean {
    const date = new Date(0);
    date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    // Dates that do not exist, as 31 April, come out as others.
    if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return false;
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return false;
    const time = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
    this.seconds = date.getTime() / 1000 + time - zoneSeconds(zone!);
    this.nanoseconds = Number(fraction.padEnd(9, '0'));
    return true;
  }
}

function zoneSeconds(zone: string): number {
  if (zone === 'Z') return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4, 6)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}
