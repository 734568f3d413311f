import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { estargzFooter } from './estargz-footer.ts';
import { type LayerFile, modeOf, sizeOf } from './layer-file.ts';
import { MemberWriter } from './member-writer.ts';
import { tarHeader, tarPadding } from './tar-header.ts';
import type { TocEntryJson, TocJson } from './toc-json.ts';

export interface EstargzBuildOptions {
  /** Default 4 MiB. */
  readonly chunkSizeBytes?: number;
  /** Let payloads share a gzip member until it has so many bytes ("innerOffset"). Default 0: each has its own. */
  readonly minMemberBytes?: number;
  /** Names of files that come first, followed by the prefetch landmark. Default: none, and the landmark says so. */
  readonly prioritized?: readonly string[];
  /** Leave the landmark out. */
  readonly noLandmark?: boolean;
  /** Of gzip, 0 to 9. Default 6. */
  readonly level?: number;
  readonly footer?: 'estargz' | 'stargz' | 'external';
  /** Changes the table of contents before it is written: for layers that are wrong. */
  readonly editToc?: (toc: TocJson) => void;
}

export interface EstargzSummary {
  /** sha256 of the table's JSON: the annotation containerd.io/snapshot/stargz/toc.digest. */
  readonly tocDigest: string;
  /** sha256 of the uncompressed tar, for the image's config. */
  readonly diffId: string;
  /** sha256 of the blob. */
  readonly digest: string;
  /** Length of the blob in bytes. */
  readonly size: number;
  /** Length of the uncompressed tar in bytes. */
  readonly uncompressedSize: number;
  readonly tocOffset: number;
}

/** Writes an eStargz blob piece by piece into a sink, holding no more than one gzip member. */
export class EstargzWriter {
  private readonly options: EstargzBuildOptions;
  private readonly members: MemberWriter;
  private readonly entries: TocEntryJson[] = [];
  private memberStart: number | undefined;

  constructor(sink: (bytes: Uint8Array) => void, options: EstargzBuildOptions) {
    this.options = options;
    this.members = new MemberWriter(sink, options.level ?? 6);
  }

  add(file: LayerFile): void {
    this.members.write(tarHeader(file));
    const entry = describe(file);
    this.entries.push(entry);
    const size = sizeOf(file);
    if (file.type !== 'reg' || size === 0) return;
    this.payload(entry, file.content, size);
    this.members.write(tarPadding(size));
  }

  finish(): EstargzSummary {
    const toc: TocJson = { version: 1, entries: this.entries };
    this.options.editToc?.(toc);
    const json = Buffer.from(JSON.stringify(toc, undefined, '\t'));
    const { members } = this;
    const tocOffset = members.cut();
    members.write(tarHeader({ name: 'stargz.index.json', type: 'reg', content: json, mode: 0o444 }));
    members.write(json);
    members.write(tarPadding(json.length));
    members.write(Buffer.alloc(1024));
    members.cut();
    members.raw(estargzFooter(tocOffset, this.options.footer));
    return {
      tocDigest: `sha256:${hash('sha256', json)}`,
      ...members.digests(),
      size: members.offset,
      uncompressedSize: members.totalBytes,
      tocOffset,
    };
  }

  private payload(first: TocEntryJson, content: FileContent, size: number): void {
    const chunkSize = this.options.chunkSizeBytes ?? 4 * 1024 * 1024;
    const whole = createHash('sha256');
    let at = 0;
    for (const bytes of pieces(content, size, chunkSize)) {
      const entry: TocEntryJson = at === 0 ? first : { name: first.name, type: 'chunk', chunkOffset: at };
      if (at > 0) this.entries.push(entry);
      if (at + bytes.length < size) entry.chunkSize = bytes.length;
      Object.assign(entry, this.place(), { chunkDigest: `sha256:${hash('sha256', bytes)}` });
      this.members.write(bytes);
      whole.update(bytes);
      at += bytes.length;
    }
    first.digest = `sha256:${whole.digest('hex')}`;
  }

  /** Where the next payload begins: in a new member, or further on in this one. */
  private place(): Pick<TocEntryJson, 'offset' | 'innerOffset'> {
    const { members } = this;
    const shares = this.memberStart !== undefined && members.memberBytes < (this.options.minMemberBytes ?? 0);
    if (shares) return { offset: this.memberStart!, innerOffset: members.memberBytes };
    this.memberStart = members.cut();
    return { offset: this.memberStart };
  }
}

type FileContent = (LayerFile & { type: 'reg' })['content'];

function* pieces(content: FileContent, size: number, chunkSize: number): Generator<Uint8Array> {
  if (typeof content === 'string' || !('path' in content)) {
    const bytes = Buffer.from(content);
    for (let at = 0; at < size; at += chunkSize) yield bytes.subarray(at, Math.min(size, at + chunkSize));
    return;
  }
  const file = openSync(content.path, 'r');
  try {
    for (let at = 0; at < size; at += chunkSize) {
      const bytes = Buffer.alloc(Math.min(chunkSize, size - at));
      if (readSync(file, bytes, 0, bytes.length, at) < bytes.length)
        throw new Error(`${content.path} became shorter`);
      yield bytes;
    }
  } finally {
    closeSync(file);
  }
}

function describe(file: LayerFile): TocEntryJson {
  const size = sizeOf(file);
  return {
    name: file.name,
    type: file.type,
    ...(size ? { size } : {}),
    ...(file.mtimeSec || file.mtimeNsec ? { modtime: rfc3339(file) } : {}),
    ...('target' in file ? { linkName: file.target } : {}),
    mode: modeOf(file),
    ...(file.uid ? { uid: file.uid } : {}),
    ...(file.gid ? { gid: file.gid } : {}),
    ...('major' in file ? { devMajor: file.major, devMinor: file.minor } : {}),
    ...(file.xattrs ? { xattrs: base64Values(file.xattrs) } : {}),
  };
}

function rfc3339({ mtimeSec = 0, mtimeNsec = 0 }: LayerFile): string {
  const seconds = new Date(mtimeSec * 1000).toISOString().slice(0, -5);
  const fraction = mtimeNsec ? `.${String(mtimeNsec).padStart(9, '0')}`.replace(/0+$/, '') : '';
  return `${seconds}${fraction}Z`;
}

function base64Values(xattrs: NonNullable<LayerFile['xattrs']>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  );
}
