import { randomInt } from 'node:crypto';
import { LayerError } from '../layer-error.ts';
import type { LayerIndex } from '../layer-index.ts';
import { ByteArena } from './byte-arena.ts';
import { type ChunkEntry, type ContentRules, ContentTable } from './content-table.ts';
import { entryKind, type LayerEntry } from './layer-entry.ts';
import { NodeTable, noContent } from './node-table.ts';
import { noNode, PathWalker } from './path-walker.ts';
import { quoteBytes } from './quote-bytes.ts';
import { writeIndex } from './write-index.ts';
import { XattrStore } from './xattr-store.ts';

export interface BuildRules extends Omit<ContentRules, 'seed'> {
  /** Most names that a layer may have, implied directories among them. */
  readonly maxInodes: number;
  /** Most bytes of names, targets of links and attribute lists: a small blob can hold very much of them. */
  readonly textBytes: number;
}

/**
 * Makes a LayerIndex out of the entries of a layer, in their order. Nothing is believed: every path, number and
 * chunk is checked, and errors name the entry. Whatever the format that describes the layer.
 *
 * Use: `add` for each entry; behind one with kind regular and a size, `addChunk` for each chunk in order; at last
 * `finish`.
 */
export class LayerBuilder {
  private readonly seed = randomInt(2 ** 32);
  private readonly nodes = new NodeTable(this.seed);
  private readonly xattrs = new XattrStore(this.seed);
  private readonly walker = new PathWalker(this.nodes);
  private readonly contents: ContentTable;
  private readonly rules: BuildRules;
  /** The regular file whose chunks are being added, or noNode. */
  private openFile: number = noNode;
  private readonly openName = new ByteArena(256);

  constructor(rules: BuildRules) {
    this.rules = rules;
    this.contents = new ContentTable({ ...rules, seed: this.seed });
    this.nodes.mode[0] = 0o755;
  }

  /** @param digest of a regular file: sha256 of the whole as the layer claims, 32 bytes */
  add(entry: LayerEntry, digest: Uint8Array | undefined): void {
    this.endFile();
    naming(entry.path, () => {
      const row = this.walker.place(entry.path.view(), entry.kind);
      if (this.nodes.count > this.rules.maxInodes) {
        throw new LayerError('TOO_LARGE', `is more than the limit of ${this.rules.maxInodes} entries allows`);
      }
      if (row === noNode) return;
      this.describe(row, entry);
      this.checkText();
      if (entry.kind !== entryKind.regular || entry.size === 0) return;
      this.openFile = row;
      this.openName.clear();
      this.openName.append(entry.path.bytes, 0, entry.path.length);
      this.contents.begin(entry.size, digest);
    });
  }

  /** A chunk of the file that was added last. If that was no file after all (a mark), only its place is noted. */
  addChunk(chunk: ChunkEntry): void {
    if (this.openFile === noNode) this.contents.addBoundary(chunk.blobOffset);
    else naming(this.openName, () => this.contents.addChunk(chunk));
  }

  /** Ends the last file: chunks that follow belong to none. */
  endFile(): void {
    if (this.openFile === noNode) return;
    this.nodes.data[this.openFile] = naming(this.openName, () => this.contents.end());
    this.openFile = noNode;
  }

  finish(blob: {
    readonly size: number;
    readonly prefetchEnd: number;
    readonly userXattr: boolean;
  }): LayerIndex {
    this.endFile();
    const { nodes, contents, xattrs } = this;
    return writeIndex({ nodes, contents, xattrs }, { ...blob, dataEnd: this.rules.dataEnd });
  }

  private checkText(): void {
    const { textBytes } = this.rules;
    if (this.nodes.names.length + this.xattrs.arena.length <= textBytes) return;
    const what = `names, links and attributes have more bytes than the limit of ${textBytes}`;
    throw new LayerError('TOO_LARGE', what);
  }

  private describe(row: number, entry: LayerEntry): void {
    const { nodes } = this;
    checkNumbers(entry);
    nodes.mode[row] = entry.mode & 0o7777;
    nodes.uid[row] = entry.uid;
    nodes.gid[row] = entry.gid;
    nodes.mtimeSec[row] = entry.mtimeSec;
    nodes.mtimeNsec[row] = entry.mtimeNsec;
    nodes.xattrs[row] = this.xattrs.put(entry.xattrs);
    nodes.rdev[row] = 0;
    nodes.data[row] = noContent;
    const { kind, link } = entry;
    if (kind === entryKind.character || kind === entryKind.block) nodes.rdev[row] = encodeDevice(entry);
    if (kind !== entryKind.symlink && kind !== entryKind.hardlink) return;
    if (link.length === 0 || link.length > 4095 || link.view().includes(0)) {
      throw new LayerError('CORRUPT', `links to ${quoteBytes(link.view())}, which is no path`);
    }
    nodes.data[row] = nodes.names.append(link.bytes, 0, link.length);
    nodes.dataLength[row] = link.length;
  }
}

/** Runs an action on an entry; its errors get the entry's name. */
function naming<T>(path: ByteArena, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    const message = `entry ${quoteBytes(path.view())}: ${error.message}`;
    throw new LayerError(error.code, message, { cause: error.cause });
  }
}

function checkNumbers(entry: LayerEntry): void {
  // -1 is "no user" to the kernel.
  for (const id of [entry.uid, entry.gid]) {
    if (!(id >= 0 && id < 0xffffffff)) throw new LayerError('CORRUPT', `owner ${id} is no user or group`);
  }
  if (!(entry.size >= 0)) throw new LayerError('CORRUPT', `size ${entry.size} is negative`);
}

/** new_encode_dev of the kernel's kdev_t.h: minor bits 8 to 19 lie above the major number. */
function encodeDevice({ devMajor, devMinor }: LayerEntry): number {
  if (!(devMajor >= 0 && devMajor < 1 << 12 && devMinor >= 0 && devMinor < 1 << 20)) {
    throw new LayerError('CORRUPT', `device ${devMajor}:${devMinor} is none that Linux can have`);
  }
  return ((devMinor & 0xff) | (devMajor << 8) | ((devMinor & ~0xff) << 12)) >>> 0;
}
