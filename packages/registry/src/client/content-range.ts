/** RFC 9110 section 14.4: `bytes 0-499/1234`, `bytes 0-499/*` or, for an unsatisfied range, an asterisk for the positions. */
export interface ContentRange {
  /** First and last byte, both inclusive; undefined for an unsatisfied range. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The whole length in bytes; undefined for `*`. */
  readonly total: number | undefined;
}

/** @returns undefined where the value is none, of another unit, or contradicts itself */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^\s*bytes\s+(?:(\d{1,16})-(\d{1,16})|\*)\/(\d{1,16}|\*)\s*$/i.exec(value ?? '');
  if (match === null) return undefined;
  const [first, last, total] = [match[1], match[2], match[3]].map(numberOf);
  if (first === undefined || last === undefined)
    return total === undefined ? undefined : { first, last, total };
  const consistent = first <= last && (total === undefined || last < total);
  return consistent ? { first, last, total } : undefined;
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined || digits === '*' ? undefined : Number(digits);
}
