import { LayerError } from '../layer-error.ts';
import { type EntryKind, entryKind } from './layer-entry.ts';
import { type NodeTable, nodeFlag, rootNode, type Slice } from './node-table.ts';
import { quoteBytes } from './quote-bytes.ts';
import { checkPathLength, splitPath } from './split-path.ts';

/** A name with this prefix hides what lower layers have under the rest of it (OCI image-spec layer.md). */
const whiteoutPrefix = Buffer.from('.wh.');
/** AUFS's own bookkeeping, and with `.opq` the mark of an opaque directory. */
const metaPrefix = Buffer.from('.wh..wh.');
const opaqueMark = Buffer.from('.wh..wh..opq');

/** What `place` answers for names that are marks, not files. */
export const noNode = -1;

/** Finds the place of an entry in the tree, making what is missing on the way there. */
export class PathWalker {
  private readonly nodes: NodeTable;
  /** Entries come directory by directory: where the last one went, most go as well. */
  private recent = new Uint8Array(0);
  private recentNode = rootNode;

  constructor(nodes: NodeTable) {
    this.nodes = nodes;
  }

  /**
   * The row of the entry's name, new or overridden. Whiteouts and opaque marks are noted where they belong and
   * have no row.
   *
   * @throws LayerError CORRUPT if the path is none, or leads through something that is not a directory
   */
  place(path: Uint8Array, kind: EntryKind): number {
    checkPathLength(path);
    const cut = lastNameStart(path);
    const [name] = splitPath(path.subarray(cut));
    // The root, or a dot at the end.
    if (!name) return this.placeFromRoot(path, kind);
    const parent = this.parentOf(path.subarray(0, cut));
    return parent === noNode ? noNode : this.placeBelow(parent, name, kind);
  }

  private placeFromRoot(path: Uint8Array, kind: EntryKind): number {
    const components = splitPath(path);
    const name = components.pop();
    if (!name) return this.placeRoot(path, kind);
    const parent = this.descend(components);
    return parent === noNode ? noNode : this.placeBelow(parent, name, kind);
  }

  private placeRoot(path: Uint8Array, kind: EntryKind): number {
    if (kind === entryKind.directory) return rootNode;
    throw new LayerError('CORRUPT', `path ${quoteBytes(path)} is the layer's root, but not a directory`);
  }

  private parentOf(directory: Uint8Array): number {
    if (Buffer.compare(directory, this.recent) === 0) return this.recentNode;
    const node = this.descend(splitPath(directory));
    if (node === noNode) return noNode;
    this.recent = directory.slice();
    this.recentNode = node;
    return node;
  }

  private descend(components: readonly Slice[]): number {
    let node: number = rootNode;
    for (const component of components) {
      if (startsWith(component, metaPrefix)) return noNode;
      if (startsWith(component, whiteoutPrefix)) refuse(component, 'is a whiteout and cannot have entries');
      node = this.directory(node, component);
    }
    return node;
  }

  /** The directory of that name, implied if no entry has described it yet. */
  private directory(parent: number, name: Slice): number {
    const { nodes } = this;
    const row = nodes.find(parent, name);
    if (row >= 0 && nodes.kind[row] === entryKind.directory) return row;
    if (row >= 0 && nodes.kind[row] !== entryKind.whiteout)
      refuse(name, 'has entries but is not a directory');
    const implied = row >= 0 ? row : nodes.add(parent, name, entryKind.directory);
    nodes.kind[implied] = entryKind.directory;
    nodes.mode[implied] = 0o755;
    return implied;
  }

  private placeBelow(parent: number, name: Slice, kind: EntryKind): number {
    if (startsWith(name, whiteoutPrefix)) {
      this.mark(parent, name);
      return noNode;
    }
    const { nodes } = this;
    const row = nodes.find(parent, name);
    if (row < 0) return nodes.add(parent, name, kind);
    if (nodes.kind[row] === entryKind.directory && kind !== entryKind.directory) {
      this.recent = new Uint8Array(0);
      this.recentNode = rootNode;
      return nodes.supersede(row, kind);
    }
    nodes.kind[row] = kind;
    return row;
  }

  private mark(parent: number, name: Slice): void {
    const { nodes } = this;
    if (startsWith(name, opaqueMark) && name.end - name.start === opaqueMark.length) {
      nodes.flags[parent]! |= nodeFlag.opaque;
    }
    if (startsWith(name, metaPrefix)) return;
    const hidden = { ...name, start: name.start + whiteoutPrefix.length };
    if (splitPath(hidden.bytes.subarray(hidden.start, hidden.end)).length === 0)
      refuse(name, 'hides nothing');
    const found = nodes.find(parent, hidden);
    const row = found >= 0 ? found : nodes.add(parent, hidden, entryKind.whiteout);
    nodes.flags[row]! |= nodeFlag.whiteout;
  }
}

/** Where the last name begins, with the slashes that follow it. */
function lastNameStart(path: Uint8Array): number {
  let end = path.length;
  while (end > 0 && path[end - 1] === 0x2f) end--;
  while (end > 0 && path[end - 1] !== 0x2f) end--;
  return end;
}

function startsWith(name: Slice, prefix: Uint8Array): boolean {
  if (name.end - name.start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (name.bytes[name.start + i] !== prefix[i]) return false;
  return true;
}

function refuse(name: Slice, why: string): never {
  throw new LayerError('CORRUPT', `${quoteBytes(name.bytes, name.start, name.end)} in its path ${why}`);
}
