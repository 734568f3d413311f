/** What a made program says that it needs. */
export interface ElfFileOptions {
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly runpath?: string;
  /** Between the names and the dynamic section, as code is. */
  readonly code?: Uint8Array;
}

const header = { bytes: 64, segment: 56 };

/**
 * A 64-bit little-endian ELF file for x86-64 that cannot run:
 * ```
 *   header | 3 segments (load, interpreter, dynamic) | interpreter | names | code | dynamic section
 * ```
 */
export function elfFile({
  interpreter = '',
  needed = [],
  runpath,
  code = new Uint8Array(0),
}: ElfFileOptions): Buffer {
  const interpreterAt = header.bytes + 3 * header.segment;
  const interpreterBytes = Buffer.from(`${interpreter}\0`);
  const namesAt = interpreterAt + interpreterBytes.length;
  const names = Buffer.from(['', ...needed, runpath ?? ''].map((name) => `${name}\0`).join(''));
  const dynamicAt = namesAt + names.length + code.length;
  const offsetOf = (name: string) => names.indexOf(`\0${name}\0`) + 1;
  const entries: [number, number][] = [
    ...needed.map((name): [number, number] => [1, offsetOf(name)]),
    [5, namesAt],
    [10, names.length],
    ...(runpath === undefined ? [] : [[29, offsetOf(runpath)] as [number, number]]),
    [0, 0],
  ];
  const file = Buffer.alloc(dynamicAt + entries.length * 16);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(header.bytes, 32);
  file.writeUInt16LE(header.segment, 54);
  file.writeUInt16LE(3, 56);
  const segment = (at: number, [type, offset, sizeBytes]: readonly [number, number, number]) => {
    const start = header.bytes + at * header.segment;
    file.writeUInt32LE(type, start);
    file.writeUInt32LE(offset, start + 8);
    file.writeUInt32LE(offset, start + 16);
    file.writeUInt32LE(sizeBytes, start + 32);
  };
  segment(0, [1, 0, file.length]);
  segment(1, [interpreter === '' ? 0 : 3, interpreterAt, interpreterBytes.length]);
  segment(2, [2, dynamicAt, entries.length * 16]);
  interpreterBytes.copy(file, interpreterAt);
  names.copy(file, namesAt);
  file.set(code, namesAt + names.length);
  for (const [at, [tag, value]] of entries.entries()) {
    file.writeUInt32LE(tag, dynamicAt + at * 16);
    file.writeUInt32LE(value, dynamicAt + at * 16 + 8);
  }
  return file;
}
