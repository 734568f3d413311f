import type { ByteArena } from '../build/byte-arena.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

export interface Timestamp {
  seconds: number;
  nanoseconds: number;
}

/**
 * Parses a point in time (RFC 3339) into seconds since 1970 and nanoseconds; the empty string is 1970.
 *
 * @returns whether it is one; `into` holds it then
 */
export function parseTime(text: ByteArena, into: Timestamp): boolean {
  into.seconds = 0;
  into.nanoseconds = 0;
  if (text.length === 0) return true;
  const match = shape.exec(Buffer.from(text.view()).toString('latin1'));
  if (!match) return false;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // Dates that do not exist, as 31 April, come out as others.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return false;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return false;
  const time = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  into.seconds = date.getTime() / 1000 + time - zoneSeconds(zone!);
  into.nanoseconds = Number(fraction.padEnd(9, '0'));
  return true;
}

function zoneSeconds(zone: string): number {
  if (zone === 'Z') return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4, 6)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}
