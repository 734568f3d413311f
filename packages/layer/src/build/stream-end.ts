/**
 * The most bytes that a gzip member can take until `length` bytes have come out of it: deflateBound of zlib for
 * any window and memory level, and room for a header with name, comment and extra field.
 */
function gzipBound(length: number): number {
  return length + Math.ceil(length / 8) + Math.ceil(length / 64) + 65536;
}

/**
 * Where a chunk's stream ends in the blob at the latest: where the next stream begins, or earlier where so many
 * bytes cannot be needed (behind the last file of a directory may lie the headers of a thousand symlinks).
 *
 * @param boundaries where streams begin, ascending
 */
export function streamEnd(
  boundaries: Float64Array,
  stream: { readonly offset: number; readonly length: number; readonly dataEnd: number },
): number {
  let first = 0;
  let end = boundaries.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (boundaries[middle]! <= stream.offset) first = middle + 1;
    else end = middle;
  }
  const next = Math.min(boundaries[first] ?? stream.dataEnd, stream.dataEnd);
  return Math.min(next, stream.offset + gzipBound(stream.length));
}
