import { entryKind } from './layer-entry.ts';
import { type NodeTable, nodeFlag, rootNode } from './node-table.ts';

/** The order in which a tree is written: directories breadth first, the names in each sorted bytewise. */
export interface TreeOrder {
  /** Rows of the directories that can be reached, the root first. */
  readonly directories: Uint32Array;
  /** Rows, grouped by parent row. */
  readonly children: Uint32Array;
  /** Where a row's children begin in `children`; they end where the next row's begin. */
  readonly childStart: Uint32Array;
}

export function orderTree(nodes: NodeTable): TreeOrder {
  const childStart = countChildren(nodes);
  const children = groupByParent(nodes, childStart);
  const directories = new Uint32Array(nodes.count);
  let count = 1;
  directories[0] = rootNode;
  for (let at = 0; at < count; at++) {
    const end = childStart[directories[at]! + 1]!;
    const start = childStart[directories[at]!]!;
    sortByName(nodes, children.subarray(start, end));
    for (let i = start; i < end; i++) {
      if (nodes.kind[children[i]!] === entryKind.directory) directories[count++] = children[i]!;
    }
  }
  return { directories: directories.subarray(0, count), children, childStart };
}

function countChildren(nodes: NodeTable): Uint32Array {
  const start = new Uint32Array(nodes.count + 1);
  for (let row = 1; row < nodes.count; row++) if (isAlive(nodes, row)) start[nodes.parent[row]! + 1]!++;
  for (let row = 0; row < nodes.count; row++) start[row + 1]! += start[row]!;
  return start;
}

function groupByParent(nodes: NodeTable, childStart: Uint32Array): Uint32Array {
  const children = new Uint32Array(childStart[nodes.count]!);
  const next = childStart.slice();
  for (let row = 1; row < nodes.count; row++) {
    if (isAlive(nodes, row)) children[next[nodes.parent[row]!]!++] = row;
  }
  return children;
}

function isAlive(nodes: NodeTable, row: number): boolean {
  return (nodes.flags[row]! & nodeFlag.dead) === 0;
}

function sortByName(nodes: NodeTable, rows: Uint32Array): void {
  const compare = (a: number, b: number) => compareNames(nodes, a, b);
  // Many archives are written in order.
  for (let i = 1; i < rows.length; i++) {
    if (compare(rows[i - 1]!, rows[i]!) > 0) {
      rows.sort(compare);
      return;
    }
  }
}

function compareNames(nodes: NodeTable, a: number, b: number): number {
  const { bytes } = nodes.names;
  const startA = nodes.nameOffset[a]!;
  const startB = nodes.nameOffset[b]!;
  const lengthA = nodes.nameLength[a]!;
  const lengthB = nodes.nameLength[b]!;
  const common = Math.min(lengthA, lengthB);
  for (let i = 0; i < common; i++) {
    const difference = bytes[startA + i]! - bytes[startB + i]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
