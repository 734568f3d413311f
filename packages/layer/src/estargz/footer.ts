import { LayerError } from '../layer-error.ts';

/** The longest footer, and what all of them are read with. */
export const longestFooter = 51;

/**
 * The end of an eStargz blob: an empty gzip member whose header holds, in its extra field, where the table of
 * contents begins (docs/estargz.md of stargz-snapshotter):
 * ```
 *   10  gzip header with FLG.FEXTRA (RFC 1952; MTIME, XFL and OS differ from writer to writer)
 *    2  XLEN, little endian
 *   26  eStargz:        'S' 'G', LEN 22 | 16 hex digits: offset | "STARGZ"
 *   22  stargz (CRFS):                    16 hex digits: offset | "STARGZ"
 *   21  table elsewhere: 'S' 'G', LEN 17 | "STARGZEXTERNALTOC"
 *   13  empty deflate stream, CRC32 0, ISIZE 0
 * ```
 */
export interface Footer {
  readonly sizeBytes: number;
  /** Where the table of contents begins in the blob; undefined if it is kept outside of it. */
  readonly tocOffset: number | undefined;
}

const kinds = [
  { subfield: Buffer.from('SG\x16\0', 'latin1'), text: /^([0-9a-f]{16})STARGZ$/, length: 26 },
  { subfield: Buffer.alloc(0), text: /^([0-9a-f]{16})STARGZ$/, length: 22 },
  { subfield: Buffer.from('SG\x11\0', 'latin1'), text: /^STARGZEXTERNALTOC$/, length: 21 },
];

/**
 * @param tail the last bytes of the blob, `longestFooter` or more if it has so many
 * @returns undefined if the blob does not end with a footer
 * @throws LayerError CORRUPT if the footer points outside of the blob
 */
export function parseFooter(tail: Uint8Array, blobSize: number): Footer | undefined {
  for (const { subfield, text, length } of kinds) {
    const sizeBytes = 10 + 2 + length + 13;
    if (tail.length < sizeBytes) continue;
    const footer = Buffer.from(tail.subarray(tail.length - sizeBytes));
    // ID1 ID2, CM = deflate, FLG = FEXTRA alone
    if (footer.readUInt32BE(0) !== 0x1f8b0804 || footer.readUInt16LE(10) !== length) continue;
    const extra = footer.subarray(12, 12 + length);
    if (!extra.subarray(0, subfield.length).equals(subfield)) continue;
    const match = text.exec(extra.toString('latin1', subfield.length));
    if (match) return { sizeBytes, tocOffset: tocOffset(match[1], blobSize - sizeBytes) };
  }
  return undefined;
}

function tocOffset(digits: string | undefined, end: number): number | undefined {
  if (digits === undefined) return undefined;
  const offset = Number.parseInt(digits, 16);
  if (offset < end) return offset;
  throw new LayerError(
    'CORRUPT',
    `footer: table of contents at ${offset} lies behind the blob's data, which ends at ${end}`,
  );
}
