/** What a program or a library for Linux needs to be loaded, as far as it says. */
export interface ElfNeeds {
  /** e_machine, see elf.h. */
  readonly machine: number;
  /** The program that loads it: a path, if it has one. */
  readonly interpreter: string | undefined;
  /** Names of libraries, in their order. */
  readonly needed: readonly string[];
  /** Directories to look for them before all others; `$ORIGIN` is the file's own. */
  readonly searched: readonly string[];
  /** Ranges of the file that are not here and have more of this. */
  readonly missing: readonly { readonly offset: number; readonly length: number }[];
}

/** Gives bytes of the file: all that were asked for, or undefined if some are not here. */
export type ReadFile = (offset: number, length: number) => Promise<Uint8Array | undefined>;

const headerBytes = 64;
const segmentBytes = 56;
const limits = { segments: 64, entries: 512, names: 256, nameBytes: 256, tableBytes: 4 * 1024 * 1024 };
const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { end: 0, needed: 1, stringTable: 5, stringBytes: 10, rpath: 15, runpath: 29 };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly sizeBytes: number;
}

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file, as the dynamic loader would (elf(5)):
 * ```
 *   header   e_machine u16 @18 | e_phoff u64 @32 | e_phentsize u16 @54 | e_phnum u16 @56
 *   segment  p_type u32 @0 | p_offset u64 @8 | p_vaddr u64 @16 | p_filesz u64 @32
 *   dynamic  pairs of u64: tag, value; names are offsets in the string table, whose value is an address
 * ```
 * Never throws, whatever the bytes are; looks at no more than the limits above.
 *
 * @returns undefined if it is no such file
 */
export async function parseElfNeeds(read: ReadFile): Promise<ElfNeeds | undefined> {
  const header = viewOf(await read(0, headerBytes));
  // 0x7f 'E' 'L' 'F', ELFCLASS64, ELFDATA2LSB
  if (header?.getUint32(0) !== 0x7f454c46 || header.getUint16(4) !== 0x0201) return undefined;
  const count = Math.min(header.getUint16(56, true), limits.segments);
  const table = { offset: u64(header, 32), length: count * segmentBytes };
  const nothing = { machine: header.getUint16(18, true), interpreter: undefined, needed: [], searched: [] };
  if (count === 0 || header.getUint16(54, true) !== segmentBytes) return { ...nothing, missing: [] };
  const view = viewOf(await read(table.offset, table.length));
  if (!view) return { ...nothing, missing: [table] };
  const segments = Array.from({ length: count }, (_, at) => segmentAt(view, at * segmentBytes));
  const interpreter = await interpreterOf(segments, read);
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  if (!dynamic) return { ...nothing, interpreter, missing: [] };
  const length = Math.min(dynamic.sizeBytes, limits.entries * 16);
  const entries = viewOf(await read(dynamic.offset, length));
  if (!entries) return { ...nothing, interpreter, missing: [{ offset: dynamic.offset, length }] };
  return { ...nothing, interpreter, ...(await namesOf(entriesOf(entries), segments, read)) };
}

async function namesOf(entries: readonly Entry[], segments: readonly Segment[], read: ReadFile) {
  const valueFor = (wanted: number) => entries.find((entry) => entry.tag === wanted)?.value;
  const address = valueFor(tag.stringTable);
  const none = { needed: [], searched: [], missing: [] };
  if (address === undefined) return none;
  const home = segments.find(
    (one) => one.type === segment.load && address >= one.address && address < one.address + one.sizeBytes,
  );
  if (!home) return none;
  const offset = address - home.address + home.offset;
  const length = Math.min(valueFor(tag.stringBytes) ?? 0, limits.tableBytes);
  const strings = await read(offset, length);
  if (!strings) return { ...none, missing: [{ offset, length }] };
  const named = (...tags: number[]) =>
    entries
      .filter((entry) => tags.includes(entry.tag))
      .slice(0, limits.names)
      .map(({ value }) => stringAt(strings, value))
      .filter((name) => name !== '');
  const searched = named(tag.rpath, tag.runpath).flatMap((paths) => paths.split(':'));
  return { needed: named(tag.needed), searched, missing: [] };
}

interface Entry {
  readonly tag: number;
  readonly value: number;
}

function entriesOf(view: DataView): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    const entry = { tag: u64(view, at), value: u64(view, at + 8) };
    if (entry.tag === tag.end) break;
    entries.push(entry);
  }
  return entries;
}

async function interpreterOf(segments: readonly Segment[], read: ReadFile): Promise<string | undefined> {
  const named = segments.find(({ type }) => type === segment.interpreter);
  const bytes = named && (await read(named.offset, Math.min(named.sizeBytes, limits.nameBytes)));
  return bytes && (stringAt(bytes, 0) || undefined);
}

function segmentAt(view: DataView, at: number): Segment {
  return {
    type: view.getUint32(at, true),
    offset: u64(view, at + 8),
    address: u64(view, at + 16),
    sizeBytes: u64(view, at + 32),
  };
}

/** Up to the next NUL; '' where it lies outside. */
function stringAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.subarray(offset, offset + limits.nameBytes).indexOf(0);
  return end < 0 ? '' : Buffer.from(bytes.subarray(offset, offset + end)).toString('latin1');
}

function viewOf(bytes: Uint8Array | undefined): DataView | undefined {
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Exact up to 2^53: larger ones are beyond the end of any file. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
