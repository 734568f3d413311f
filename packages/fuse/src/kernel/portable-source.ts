import { type FileMapping, mappingOf, viewMapping } from '@sluice/linux';
import type { FuseSource } from '../fuse-driver.ts';

/** What the pump needs of a source. */
export type ServedSource = Pick<FuseSource, 'tree' | 'content'>;

/**
 * A source as a message: shared memory crosses to another thread as it is, and of columns that lie in a mapped file
 * only their place does. The sender keeps the source reachable for as long as it is served.
 */
export interface PortableSource {
  /** The file that mapped columns lie in; undefined if there are none. */
  readonly mapping: FileMapping | undefined;
  /** A ServedSource, with `{type, byteOffset, length}` in the place of every mapped column. */
  readonly packed: unknown;
}

const types = { Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array };

type ColumnType = keyof typeof types;
type Column = InstanceType<(typeof types)[ColumnType]>;

interface MappedColumn {
  readonly type: ColumnType;
  readonly byteOffset: number;
  readonly length: number;
}

/** @param source its mapped columns, if it has any, lie in the same file as its names */
export function packSource(source: ServedSource): PortableSource {
  const { buffer } = source.tree.names;
  const mapping = mappingOf(buffer);
  const pack = (column: Column): Column | MappedColumn => {
    if (mapping === undefined || column.buffer !== buffer) return column;
    const { byteOffset, length } = column;
    return { type: column[Symbol.toStringTag], byteOffset, length };
  };
  return { mapping, packed: replaceDeep(servedPart(source), isColumn, pack) };
}

export function unpackSource({ mapping, packed }: PortableSource): ServedSource {
  if (mapping === undefined) return packed as ServedSource;
  const buffer = viewMapping(mapping);
  const unpack = ({ type, byteOffset, length }: MappedColumn) => new types[type](buffer, byteOffset, length);
  return replaceDeep(packed, isMappedColumn, unpack) as ServedSource;
}

/** The columns and no more, whatever else the source has. */
function servedPart({ tree, content }: ServedSource): ServedSource {
  const { inodeCount, inodes, entries, names, xattrs } = tree;
  const { directory, sealSalt, chunkOffset, present, removals, reads } = content;
  const { size, chunkStart, chunkCount, digest } = content.contents;
  return {
    tree: { inodeCount, inodes, entries, names, xattrs },
    content: {
      directory,
      sealSalt,
      contents: { size, chunkStart, chunkCount, digest },
      chunkOffset,
      present,
      removals,
      reads,
    },
  };
}

function isColumn(value: unknown): value is Column {
  return ArrayBuffer.isView(value);
}

function isMappedColumn(value: unknown): value is MappedColumn {
  return typeof value === 'object' && value !== null && 'byteOffset' in value && !ArrayBuffer.isView(value);
}

/** A copy in which what `matches` is replaced, in plain objects at any depth. */
function replaceDeep<T>(
  value: unknown,
  matches: (value: unknown) => value is T,
  replace: (value: T) => unknown,
): unknown {
  if (matches(value)) return replace(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, replaceDeep(part, matches, replace)]);
  return Object.fromEntries(entries);
}
