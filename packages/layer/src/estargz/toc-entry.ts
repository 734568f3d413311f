import { ByteArena } from '../build/byte-arena.ts';
import type { ChunkEntry } from '../build/content-table.ts';
import { entryKind, type LayerEntry } from '../build/layer-entry.ts';
import { XattrList } from '../build/xattr-list.ts';
import { LayerError } from '../layer-error.ts';
import { decodeBase64 } from './decode-base64.ts';
import type { JsonReader } from './json-reader.ts';
import { createKeywords } from './keywords.ts';
import { parseDigest } from './parse-digest.ts';
import { TimeParser } from './time-parser.ts';

const kinds = createKeywords({
  dir: entryKind.directory,
  reg: entryKind.regular,
  symlink: entryKind.symlink,
  hardlink: entryKind.hardlink,
  char: entryKind.character,
  block: entryKind.block,
  fifo: entryKind.fifo,
  chunk: 'chunk' as const,
});

/** Values that a layer says nothing of count as 0 or empty. */
type Field = (entry: TocEntry, json: JsonReader) => void;

const fields = createKeywords<Field>({
  name: (entry, json) => json.string(entry.file.path),
  type: (entry, json) => entry.readType(json),
  size: (entry, json) => {
    entry.file.size = json.integer();
  },
  modtime: (entry, json) => entry.readTime(json),
  linkName: (entry, json) => json.string(entry.file.link),
  mode: (entry, json) => {
    entry.file.mode = json.integer();
  },
  uid: (entry, json) => {
    entry.file.uid = json.integer();
  },
  gid: (entry, json) => {
    entry.file.gid = json.integer();
  },
  devMajor: (entry, json) => {
    entry.file.devMajor = json.integer();
  },
  devMinor: (entry, json) => {
    entry.file.devMinor = json.integer();
  },
  offset: (entry, json) => {
    entry.chunk.blobOffset = json.integer();
  },
  innerOffset: (entry, json) => {
    entry.chunk.innerOffset = json.integer();
  },
  chunkOffset: (entry, json) => {
    entry.chunk.contentOffset = json.integer();
  },
  chunkSize: (entry, json) => {
    entry.chunk.size = json.integer();
  },
  digest: (entry, json) => {
    entry.digest = entry.readDigest(json, entry.digestBytes);
  },
  chunkDigest: (entry, json) => {
    entry.chunk.digest = entry.readDigest(json, entry.chunkDigestBytes);
  },
  xattrs: (entry, json) => entry.readXattrs(json),
});

/**
 * One entry of a table of contents ("TOCEntry" of docs/estargz.md), read from JSON without an object an entry:
 * the same TocEntry is filled again and again.
 */
export class TocEntry {
  /** Whether it describes a further chunk of the file before it, and not a file. */
  isChunk = false;
  readonly file: LayerEntry = {
    kind: entryKind.regular,
    path: new ByteArena(256),
    link: new ByteArena(256),
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeSec: 0,
    mtimeNsec: 0,
    devMajor: 0,
    devMinor: 0,
    xattrs: new XattrList(),
  };
  /** The file's first chunk, or the further one. */
  readonly chunk: ChunkEntry = {
    contentOffset: 0,
    size: 0,
    blobOffset: 0,
    innerOffset: 0,
    digest: undefined,
  };
  /** sha256 of the whole file, 32 bytes, as the table claims. */
  digest: Uint8Array | undefined;
  readonly digestBytes = new Uint8Array(32);
  readonly chunkDigestBytes = new Uint8Array(32);
  private hasType = false;
  private readonly word = new ByteArena(256);
  private readonly time = new TimeParser();

  /** Reads one object. @throws LayerError; OutOfBytes, and then the entry holds nonsense */
  read(json: JsonReader): void {
    this.reset();
    json.expect(0x7b);
    if (!json.accept(0x7d)) {
      do this.readField(json);
      while (json.accept(0x2c));
      json.expect(0x7d);
    }
    if (!this.hasType) json.fail('entry has no type');
  }

  readType(json: JsonReader): void {
    json.string(this.word);
    const kind = kinds(this.word);
    if (kind === undefined) {
      const type = JSON.stringify(Buffer.from(this.word.view().subarray(0, 50)).toString());
      throw new LayerError('UNSUPPORTED', `table of contents has an entry of type ${type}`);
    }
    this.hasType = true;
    this.isChunk = kind === 'chunk';
    if (kind !== 'chunk') this.file.kind = kind;
  }

  readTime(json: JsonReader): void {
    json.string(this.word);
    if (!this.time.parse(this.word)) json.fail('modtime is no RFC 3339 time');
    this.file.mtimeSec = this.time.seconds;
    this.file.mtimeNsec = this.time.nanoseconds;
  }

  readDigest(json: JsonReader, into: Uint8Array): Uint8Array | undefined {
    json.string(this.word);
    if (this.word.length === 0) return undefined;
    return parseDigest(this.word, into) ? into : json.fail('digest is no sha256');
  }

  readXattrs(json: JsonReader): void {
    this.file.xattrs.clear();
    json.expect(0x7b);
    if (json.accept(0x7d)) return;
    do {
      json.string(this.word);
      const name = this.word.view().slice();
      json.expect(0x3a);
      if (json.acceptNull()) this.word.clear();
      else json.string(this.word);
      this.file.xattrs.add(name, decodeBase64(this.word) ?? json.fail('extended attribute is no base64'));
    } while (json.accept(0x2c));
    json.expect(0x7d);
  }

  private readField(json: JsonReader): void {
    json.string(this.word);
    const field = fields(this.word);
    json.expect(0x3a);
    if (json.acceptNull()) return;
    if (field) field(this, json);
    else json.skip(this.word);
  }

  private reset(): void {
    const { file, chunk } = this;
    this.isChunk = false;
    this.hasType = false;
    this.digest = undefined;
    file.path.clear();
    file.link.clear();
    file.xattrs.clear();
    file.mode = file.uid = file.gid = file.size = file.mtimeSec = file.mtimeNsec = 0;
    file.devMajor = file.devMinor = 0;
    chunk.contentOffset = chunk.size = chunk.blobOffset = chunk.innerOffset = 0;
    chunk.digest = undefined;
  }
}
