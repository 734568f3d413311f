import { LayerError } from '../layer-error.ts';
import { entryKind } from './layer-entry.ts';
import { type NodeTable, rootNode } from './node-table.ts';
import { quoteBytes } from './quote-bytes.ts';
import { splitPath } from './split-path.ts';

const unresolved = 0xffffffff;

/**
 * For each row the row that it is another name of: itself, unless it is a hard link. Targets may be hard links
 * themselves and may stand anywhere in the layer.
 *
 * @throws LayerError CORRUPT for links in a circle, to a directory, or to nothing
 */
export function resolveHardLinks(nodes: NodeTable): Uint32Array {
  const resolved = new Uint32Array(nodes.count);
  for (let row = 0; row < nodes.count; row++) {
    resolved[row] = nodes.kind[row] === entryKind.hardlink ? unresolved : row;
  }
  for (let row = 0; row < nodes.count; row++) if (resolved[row] === unresolved) resolve(nodes, resolved, row);
  return resolved;
}

function resolve(nodes: NodeTable, resolved: Uint32Array, first: number): void {
  const chain = new Set<number>();
  let row = first;
  while (resolved[row] === unresolved) {
    if (chain.has(row)) refuse(nodes, first, 'leads back to itself');
    chain.add(row);
    row = target(nodes, row);
  }
  for (const link of chain) resolved[link] = resolved[row]!;
}

function target(nodes: NodeTable, link: number): number {
  let row: number = rootNode;
  for (const name of splitPath(linkPath(nodes, link))) {
    if (row >= 0) row = nodes.find(row, name);
  }
  if (row < 0 || nodes.kind[row] === entryKind.whiteout) refuse(nodes, link, 'is not in the layer');
  if (nodes.kind[row] === entryKind.directory) refuse(nodes, link, 'is a directory');
  return row;
}

function linkPath(nodes: NodeTable, link: number): Uint8Array {
  const start = nodes.data[link]!;
  return nodes.names.bytes.subarray(start, start + nodes.dataLength[link]!);
}

function refuse(nodes: NodeTable, link: number, why: string): never {
  const start = nodes.nameOffset[link]!;
  const name = quoteBytes(nodes.names.bytes, start, start + nodes.nameLength[link]!);
  throw new LayerError(
    'CORRUPT',
    `entry ${name}: target ${quoteBytes(linkPath(nodes, link))} of the hard link ${why}`,
  );
}
