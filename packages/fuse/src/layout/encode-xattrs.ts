/** Attributes of one inode as InodeTree.xattrs has them: `u32 count | count x ( u16 | u32 | name | value )`. */
export function encodeXattrs(attributes: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const rows = Object.entries(attributes).map(([name, value]) => {
    const head = Buffer.alloc(6);
    head.writeUInt16LE(Buffer.byteLength(name), 0);
    head.writeUInt32LE(value.length, 2);
    return Buffer.concat([head, Buffer.from(name), value]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(rows.length);
  return Buffer.concat([count, ...rows]);
}
