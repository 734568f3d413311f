/** Byte strings, one behind the other. */
export interface ByteTable {
  /** @returns the offset that the part will have */
  add(part: Uint8Array): number;
  bytes(): Uint8Array;
}

export function createByteTable(): ByteTable {
  const parts: Uint8Array[] = [];
  let length = 0;
  return {
    add(part) {
      parts.push(part);
      length += part.length;
      return length - part.length;
    },
    bytes() {
      const all = new Uint8Array(new SharedArrayBuffer(length));
      let end = 0;
      for (const part of parts) {
        all.set(part, end);
        end += part.length;
      }
      return all;
    },
  };
}
