import type { DescribedDirectory, DescribedNode } from './tree-description.ts';

/** An entry of a directory. */
export interface NumberedEntry {
  readonly name: Uint8Array;
  readonly inode: number;
}

/** A node with its place in the tree. */
export interface NumberedNode {
  readonly node: DescribedNode;
  /** The directory that it was found in first; the root's is the root. */
  readonly parent: number;
  /** How often it stands in directories, and for a directory its own dots. */
  nlink: number;
  /** Of a directory, in the order of their bytes. */
  readonly entries: NumberedEntry[];
}

/** Gives inode numbers, from 1 for the root, breadth first. @returns the nodes, inode n at n - 1 */
export function numberNodes(root: DescribedDirectory): NumberedNode[] {
  const numbered: NumberedNode[] = [{ node: root, parent: 1, nlink: 2, entries: [] }];
  const numbers = new Map<DescribedNode, number>([[root, 1]]);
  for (let inode = 1; inode <= numbered.length; inode++) {
    const directory = numbered[inode - 1]!;
    if (directory.node.type !== 'dir') continue;
    for (const [name, child] of sorted(directory.node)) {
      let number = numbers.get(child);
      if (number === undefined) {
        number = numbered.push({
          node: child,
          parent: inode,
          nlink: child.type === 'dir' ? 1 : 0,
          entries: [],
        });
        numbers.set(child, number);
      }
      numbered[number - 1]!.nlink++;
      if (child.type === 'dir') directory.nlink++;
      directory.entries.push({ name, inode: number });
    }
  }
  return numbered;
}

function sorted({ children }: DescribedDirectory): [Buffer, DescribedNode][] {
  const entries = [...children].map(([name, child]): [Buffer, DescribedNode] => [
    Buffer.from(name as string),
    child,
  ]);
  return entries.sort(([a], [b]) => Buffer.compare(a, b));
}
