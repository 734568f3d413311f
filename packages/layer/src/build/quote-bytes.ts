/** Raw bytes of a name for an error message: quoted, made printable, at most about 200 characters. */
export function quoteBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const cut = Math.min(end, start + 200);
  return JSON.stringify(Buffer.from(bytes.subarray(start, cut)).toString()) + (cut < end ? '...' : '');
}
