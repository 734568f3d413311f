/** The last bytes of a blob, after what docs/estargz.md of stargz-snapshotter says of them. */
export function estargzFooter(
  tocOffset: number,
  kind: 'estargz' | 'stargz' | 'external' = 'estargz',
): Buffer {
  const text = `${tocOffset.toString(16).padStart(16, '0')}STARGZ`;
  if (kind === 'stargz') return emptyMember(Buffer.from(text));
  return emptyMember(kind === 'external' ? subfield('STARGZEXTERNALTOC') : subfield(text));
}

function subfield(text: string): Buffer {
  const extra = Buffer.from(`SG\0\0${text}`);
  extra.writeUInt16LE(text.length, 2);
  return extra;
}

function emptyMember(extra: Buffer): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, extra.length, 0]);
  return Buffer.concat([header, extra, Buffer.from([1, 0, 0, 0xff, 0xff]), Buffer.alloc(8)]);
}
