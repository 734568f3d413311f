import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** An eStargz layer that no image has (docs/estargz.md of stargz-snapshotter). */
export interface MadeUpLayer {
  readonly blob: Buffer;
  /** sha256 of the table of contents: 'sha256:...'. */
  readonly tocDigest: string;
  /** Compressed bytes before the table of contents. */
  readonly dataBytes: number;
}

const FILES_A_DIRECTORY = 20;
const modtime = '2024-01-02T03:04:05Z';
const owner = { uid: 0, gid: 0, userName: 'root', groupName: 'root', NumLink: 0 };

/**
 * Makes a layer with entries of all kinds, most of them files, so that all that reads tables of contents is used as real
 * layers use it.
 */
export function makeUpLayer(files: number): MadeUpLayer {
  // Real ones begin with a tar header.
  const members: Buffer[] = [gzipSync('')];
  const entries: object[] = [];
  let offset = members[0]!.length;
  for (let number = 0; number < files; number++) {
    const directory = `usr/lib/d${Math.floor(number / FILES_A_DIRECTORY)}`;
    if (number % FILES_A_DIRECTORY === 0) entries.push(...specialEntries(directory));
    const chunks = number % 50 === 0 ? 3 : 1;
    const texts = Array.from({ length: chunks }, (_, chunk) => `content ${number}, ${chunk}\n`);
    const { file, compressed } = fileOf({ name: `${directory}/module_${number}.py`, texts, offset });
    entries.push(...file);
    members.push(...compressed);
    offset += compressed.reduce((sum, { length }) => sum + length, 0);
  }
  const toc = Buffer.from(JSON.stringify({ version: 1, entries }, null, '\t'));
  const blob = Buffer.concat([...members, tocMember(toc), footerOf(offset)]);
  return { blob, tocDigest: digestOf(toc), dataBytes: offset };
}

/** A directory, and what else there may be in one. */
function specialEntries(directory: string): object[] {
  return [
    { name: `${directory}/`, type: 'dir', modtime, mode: 0o755, ...owner },
    { name: `${directory}/link`, type: 'symlink', modtime, linkName: 'module & more', mode: 0o777, ...owner },
    { name: `${directory}/empty`, type: 'reg', modtime, mode: 0o644, ...owner },
    { name: `${directory}/.wh.gone`, type: 'reg', modtime, mode: 0o644, ...owner },
    {
      name: `${directory}/tool`,
      type: 'hardlink',
      linkName: `${directory}/empty`,
      modtime,
      mode: 0o755,
      ...owner,
      xattrs: { 'security.capability': 'AQAAAgAgAAAAAAAAAAAAAAAAAAA=' },
    },
  ];
}

interface FileToMake {
  readonly name: string;
  /** One a chunk. */
  readonly texts: readonly string[];
  /** Where it is to lie in the blob. */
  readonly offset: number;
}

function fileOf({ name, texts, offset }: FileToMake): { file: object[]; compressed: Buffer[] } {
  const whole = Buffer.from(texts.join(''));
  const compressed: Buffer[] = [];
  const file: object[] = [];
  let [at, chunkOffset] = [offset, 0];
  for (const text of texts) {
    const chunk = {
      offset: at,
      chunkOffset,
      chunkSize: text.length,
      chunkDigest: digestOf(Buffer.from(text)),
    };
    const first = {
      type: 'reg',
      size: whole.length,
      modtime,
      mode: 0o644,
      ...owner,
      digest: digestOf(whole),
    };
    file.push({ name, ...(file.length === 0 ? first : { type: 'chunk' }), ...chunk });
    const member = gzipSync(text, { level: 1 });
    compressed.push(member);
    at += member.length;
    chunkOffset += text.length;
  }
  return { file, compressed };
}

/** A gzipped ustar archive (POSIX pax) whose one entry it is. */
function tocMember(toc: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write('stargz.index.json', 'latin1');
  header.write(toc.length.toString(8).padStart(11, '0'), 124, 'latin1');
  return gzipSync(Buffer.concat([header, toc]), { level: 1 });
}

/** An empty gzip member whose extra field says where the table of contents begins; see docs/estargz.md, "Footer". */
function footerOf(tocOffset: number): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0]);
  const extra = Buffer.from(`SG\x16\0${tocOffset.toString(16).padStart(16, '0')}STARGZ`, 'latin1');
  return Buffer.concat([head, extra, Buffer.from([1, 0, 0, 0xff, 0xff]), Buffer.alloc(8)]);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`;
}
