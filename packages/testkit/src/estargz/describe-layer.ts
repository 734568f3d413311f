import { contentOfInode, type LayerIndex } from '@sluice/layer';

/** One name of a layer, in the words of lstat. */
export interface LayerNode {
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly rdev: number;
  /** Of a symlink. */
  readonly target?: string;
  /** Of a regular file that is not empty. */
  readonly content?: number;
  readonly xattrs: Readonly<Record<string, string>>;
}

/** Walks an index as a file system would, and gives every path ('' for the root) with what is there. */
export function describeLayer(index: LayerIndex): Map<string, LayerNode> {
  const nodes = new Map([['', describeInode(index, 1)]]);
  const visit = (inode: number, path: string) => {
    const start = index.inodes.start[inode]!;
    for (let at = start; at < start + index.inodes.count[inode]!; at++) {
      const name = text(index.names, index.entries.nameOffset[at]!, index.entries.nameLength[at]!);
      const child = index.entries.inode[at]!;
      const childPath = path ? `${path}/${name}` : name;
      nodes.set(childPath, describeInode(index, child));
      if ((index.inodes.mode[child]! & 0o170000) === 0o040000) visit(child, childPath);
    }
  };
  visit(1, '');
  return nodes;
}

function describeInode(index: LayerIndex, inode: number): LayerNode {
  const { inodes } = index;
  const content = contentOfInode(index, inode);
  const isSymlink = (inodes.mode[inode]! & 0o170000) === 0o120000;
  return {
    inode,
    mode: inodes.mode[inode]!,
    uid: inodes.uid[inode]!,
    gid: inodes.gid[inode]!,
    nlink: inodes.nlink[inode]!,
    size: inodes.size[inode]!,
    mtimeSec: inodes.mtimeSec[inode]!,
    mtimeNsec: inodes.mtimeNsec[inode]!,
    rdev: inodes.rdev[inode]!,
    ...(isSymlink ? { target: text(index.names, inodes.start[inode]!, inodes.count[inode]!) } : {}),
    ...(content === undefined ? {} : { content }),
    xattrs: describeXattrs(index, inodes.xattrs[inode]!),
  };
}

function describeXattrs(index: LayerIndex, offset: number): Record<string, string> {
  if (offset === 0xffffffff) return {};
  const lists = new DataView(index.xattrs.buffer, index.xattrs.byteOffset, index.xattrs.byteLength);
  const xattrs: Record<string, string> = {};
  let at = offset + 4;
  for (let i = 0; i < lists.getUint32(offset, true); i++) {
    const nameEnd = at + 6 + lists.getUint16(at, true);
    const valueEnd = nameEnd + lists.getUint32(at + 2, true);
    xattrs[text(index.xattrs, at + 6, nameEnd - at - 6)] = text(index.xattrs, nameEnd, valueEnd - nameEnd);
    at = valueEnd;
  }
  return xattrs;
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString();
}
