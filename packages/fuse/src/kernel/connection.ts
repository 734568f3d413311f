import { Errno, rawWrite } from '@sluice/linux';
import { type ContentFiles, MISSING } from '../content-files.ts';
import { passthroughStates } from '../passthrough-state.ts';
import {
  ATTR_REPLY_BYTES,
  ENTRY_BYTES,
  IN_HEADER_BYTES,
  OUT_HEADER_BYTES,
  STATFS_BYTES,
} from '../protocol/layout.ts';
import { changingOpcodes, Opcode } from '../protocol/opcode.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { inodeOf, nameOf, stringAt, type Unique, u64At, uniqueOf } from '../protocol/request.ts';
import { MAX_NAME_BYTES, type TreeFileSystem } from '../tree-file-system.ts';
import { VALID_SECONDS, writeAttributes, writeEntry } from './attributes.ts';
import { createBackingFiles } from './backing-files.ts';
import { Counter } from './counter.ts';
import { type Negotiated, negotiate } from './negotiate.ts';
import { createOpenFiles } from './open-files.ts';
import { OpenFlag } from './open-flag.ts';
import type { OpensJournal } from './opens-journal.ts';
import { PASSTHROUGH_MIN_BYTES } from './passthrough-min-bytes.ts';
import { writeDirectory } from './write-directory.ts';

/** What a connection tells whoever runs it. */
export interface ConnectionEvents {
  ready(negotiated: Negotiated): void;
  missing(read: number, bytes: MissingBytes): void;
  interrupted(read: number): void;
  /** The kernel does not read such files by itself, whatever it has offered. Said once. */
  passthroughRefused(errno: number): void;
}

export interface MissingBytes {
  readonly content: number;
  readonly offset: number;
  readonly length: number;
  /** They were missing before, were filled, and are missing again. */
  readonly again: boolean;
}

export interface ConnectionDeps {
  readonly device: number;
  readonly fs: TreeFileSystem;
  readonly files: ContentFiles;
  /** Shared by all connections of a thread: a reply is sent before the next is begun. */
  readonly reply: ReplyWriter;
  readonly counters: Float64Array;
  /** Whether files may be handed to the kernel to read by itself. */
  readonly wantsPassthrough: boolean;
  /** What another server has negotiated on this connection, which this one goes on with. */
  readonly resumed?: Negotiated | undefined;
  readonly journal?: OpensJournal | undefined;
  readonly events: ConnectionEvents;
}

/** One mount's conversation with the kernel. Synchronous; nothing is allocated that outlives a request but reads that wait. */
export interface Connection {
  /** Answers one request. @param request a whole one, header and body */
  handle(request: DataView): void;
  /** Goes on with a read that `missing` announced. @param bytes all of them, where they are not on the disk */
  filled(read: number, ok: boolean, bytes?: Uint8Array): void;
  /** Reads that were taken and are not answered yet. */
  readonly waiting: number;
}

interface WaitingRead {
  readonly unique: Unique;
  readonly content: number;
  readonly offset: number;
  readonly length: number;
  attempts: number;
}

/** No reply is sent: there is none to this request, or it comes later. */
const NO_REPLY = Number.NEGATIVE_INFINITY;

/** A fill after which nothing is found is tried once more, saying so; then something is broken. */
const MAX_ATTEMPTS = 2;

type Handler = (request: DataView, inode: number) => number;

export function createConnection(deps: ConnectionDeps): Connection {
  const { device, fs, files, reply, counters, events } = deps;
  const waiting = new Map<number, WaitingRead>();
  let negotiated: Negotiated = deps.resumed ?? {
    withoutOpen: false,
    withoutOpendir: false,
    passthrough: 'off',
  };
  if (deps.resumed) counters[Counter.passthrough] = passthroughStates.indexOf(deps.resumed.passthrough);
  const openFiles = createOpenFiles({
    backing: createBackingFiles(device),
    complete: (content) =>
      deps.wantsPassthrough && files.sizeOf(content) >= PASSTHROUGH_MIN_BYTES
        ? files.complete(content)
        : undefined,
    ...(deps.journal === undefined ? {} : { journal: deps.journal }),
  });

  const handlers: (Handler | undefined)[] = [];
  handlers[Opcode.INIT] = initialise;
  handlers[Opcode.LOOKUP] = lookup;
  handlers[Opcode.GETATTR] = getAttributes;
  handlers[Opcode.READLINK] = (_, inode) => sendBytes(fs.readlink(inode));
  handlers[Opcode.OPEN] = open;
  handlers[Opcode.OPENDIR] = () =>
    negotiated.withoutOpendir ? -Errno.ENOSYS : sendOpen(OpenFlag.KEEP_CACHE | OpenFlag.CACHE_DIR, 0);
  handlers[Opcode.READ] = read;
  handlers[Opcode.READDIR] = (request, inode) => readDirectory(request, inode, false);
  handlers[Opcode.READDIRPLUS] = (request, inode) => readDirectory(request, inode, true);
  handlers[Opcode.GETXATTR] = getXattr;
  handlers[Opcode.LISTXATTR] = (request, inode) =>
    fs.has(inode)
      ? sendSized(fs.xattrs.list(inode), request.getUint32(IN_HEADER_BYTES, true))
      : -Errno.ESTALE;
  handlers[Opcode.STATFS] = statfs;
  handlers[Opcode.RELEASE] = release;
  handlers[Opcode.RELEASEDIR] = () => 0;
  handlers[Opcode.DESTROY] = () => 0;
  handlers[Opcode.INTERRUPT] = interrupt;
  handlers[Opcode.FORGET] = () => NO_REPLY;
  handlers[Opcode.BATCH_FORGET] = () => NO_REPLY;

  function handle(request: DataView): void {
    const opcode = request.getUint32(4, true);
    counters[Counter.requests]!++;
    const result =
      handlers[opcode]?.(request, inodeOf(request)) ??
      (changingOpcodes.has(opcode) ? -Errno.EROFS : -Errno.ENOSYS);
    if (result !== NO_REPLY) send(uniqueOf(request), result);
  }

  /** @param result the payload's length, or a negated errno. @returns whether the kernel took it */
  function send(unique: Unique, result: number): boolean {
    const length = OUT_HEADER_BYTES + Math.max(result, 0);
    const header = -OUT_HEADER_BYTES;
    reply.u32(header, length);
    reply.u32(header + 4, Math.min(result, 0) >>> 0);
    reply.u32(header + 8, unique.low);
    reply.u32(header + 12, unique.high);
    // ENOENT: the request was interrupted meanwhile. ENODEV: the mount is gone; the next read of the device says so.
    if (rawWrite(device, reply.bytes, 0, length) >= 0) return true;
    counters[Counter.errors]!++;
    return false;
  }

  function initialise(request: DataView): number {
    const body = new DataView(request.buffer, request.byteOffset + IN_HEADER_BYTES);
    const { length, result } = negotiate(body, reply, deps.wantsPassthrough);
    if (result) {
      negotiated = result;
      counters[Counter.passthrough] = passthroughStates.indexOf(result.passthrough);
      events.ready(result);
    }
    return length;
  }

  function lookup(request: DataView, directory: number): number {
    counters[Counter.lookups]!++;
    const inode = fs.lookup(directory, stringAt(request, IN_HEADER_BYTES));
    if (inode < 0) return inode;
    writeEntry(reply, 0, fs.tree, inode);
    return ENTRY_BYTES;
  }

  function getAttributes(_: DataView, inode: number): number {
    if (!fs.has(inode)) return -Errno.ESTALE;
    reply.u64(0, VALID_SECONDS);
    reply.u64(8, 0);
    writeAttributes(reply, 16, fs.tree, inode);
    return ATTR_REPLY_BYTES;
  }

  /** Where no file is handed to the kernel, it need not say that it opens one: ENOSYS, once, tells it so. */
  function open(request: DataView, inode: number): number {
    if (negotiated.withoutOpen && negotiated.passthrough !== 'on') return -Errno.ENOSYS;
    counters[Counter.opens]!++;
    const backing = openFiles.open(inode, negotiated.passthrough === 'on' ? fs.contentOf(inode) : -1);
    if (openFiles.refusal !== undefined) refused(openFiles.refusal);
    const length =
      backing > 0
        ? sendOpen(OpenFlag.PASSTHROUGH | OpenFlag.NOFLUSH, backing)
        : sendOpen(OpenFlag.KEEP_CACHE | OpenFlag.NOFLUSH, 0);
    if (backing > 0) counters[Counter.passthroughOpens]!++;
    // An open that the kernel has given up is never released.
    if (!send(uniqueOf(request), length)) openFiles.release(inode);
    return NO_REPLY;
  }

  /** Answered first: a close that is answered is never sent again, and so never counted twice. */
  function release(request: DataView, inode: number): number {
    send(uniqueOf(request), 0);
    openFiles.release(inode);
    return NO_REPLY;
  }

  function refused(errno: number): void {
    if (negotiated.passthrough !== 'on') return;
    negotiated = { ...negotiated, passthrough: 'off' };
    counters[Counter.passthrough] = passthroughStates.indexOf('refused');
    events.passthroughRefused(errno);
  }

  function sendOpen(flags: number, backing: number): number {
    reply.zero(0, 16);
    reply.u32(8, flags);
    reply.u32(12, backing);
    return 16;
  }

  function readDirectory(request: DataView, directory: number, plus: boolean): number {
    counters[Counter.directoryReads]!++;
    const offset = u64At(request, IN_HEADER_BYTES + 8);
    const sizeBytes = request.getUint32(IN_HEADER_BYTES + 16, true);
    return writeDirectory(fs, reply, { directory, offset, sizeBytes, plus });
  }

  function read(request: DataView, inode: number): number {
    counters[Counter.reads]!++;
    const content = fs.contentOf(inode);
    if (content < 0) return content === -1 ? 0 : content;
    const offset = u64At(request, IN_HEADER_BYTES + 8);
    const asked = Math.min(request.getUint32(IN_HEADER_BYTES + 16, true), reply.capacity);
    const length = Math.min(asked, fs.tree.inodes.size[inode]! - offset);
    if (length <= 0) return 0;
    return readContent({ unique: uniqueOf(request), content, offset, length, attempts: 0 });
  }

  function readContent(wanted: WaitingRead): number {
    const { content, offset, length } = wanted;
    let result = files.read(content, wanted, reply.bytes.subarray(OUT_HEADER_BYTES));
    if (result < 0) {
      // A file that fails may have been replaced: look again, then fetch again.
      files.drop(content);
      if (result !== MISSING) counters[Counter.errors]!++;
      if (wanted.attempts >= MAX_ATTEMPTS) return -Errno.EIO;
      const again = wanted.attempts > 0;
      wanted.attempts++;
      counters[Counter.misses]!++;
      const name = nameOf(wanted.unique);
      waiting.set(name, wanted);
      events.missing(name, { content, offset, length, again });
      result = NO_REPLY;
    } else counters[Counter.readBytes]! += result;
    return result;
  }

  function filled(name: number, ok: boolean, bytes?: Uint8Array): void {
    const wanted = waiting.get(name);
    if (wanted === undefined) return;
    waiting.delete(name);
    let result: number = -Errno.EIO;
    if (ok) result = bytes === undefined ? readContent(wanted) : takeBytes(wanted, bytes);
    if (result !== NO_REPLY) send(wanted.unique, result);
  }

  function takeBytes({ length }: WaitingRead, bytes: Uint8Array): number {
    if (bytes.length !== length) return -Errno.EIO;
    reply.copy(0, bytes);
    counters[Counter.readBytes]! += length;
    return length;
  }

  function interrupt(request: DataView): number {
    const name = nameOf({
      low: request.getUint32(IN_HEADER_BYTES, true),
      high: request.getUint32(IN_HEADER_BYTES + 4, true),
    });
    const wanted = waiting.get(name);
    if (wanted !== undefined) {
      waiting.delete(name);
      events.interrupted(name);
      send(wanted.unique, -Errno.EINTR);
    }
    return NO_REPLY;
  }

  function getXattr(request: DataView, inode: number): number {
    if (!fs.has(inode)) return -Errno.ESTALE;
    const value = fs.xattrs.get(inode, stringAt(request, IN_HEADER_BYTES + 8));
    return sendSized(value, request.getUint32(IN_HEADER_BYTES, true));
  }

  /** @param size what the caller has room for; 0 asks how much there is */
  function sendSized(value: Uint8Array | number, size: number): number {
    if (typeof value === 'number') return value;
    if (size > 0) return value.length > size ? -Errno.ERANGE : sendBytes(value);
    reply.u32(0, value.length);
    reply.u32(4, 0);
    return 8;
  }

  function sendBytes(value: Uint8Array | number): number {
    if (typeof value === 'number') return value;
    if (value.length > reply.capacity) return -Errno.EIO;
    reply.copy(0, value);
    return value.length;
  }

  function statfs(): number {
    reply.zero(0, STATFS_BYTES);
    reply.u64(24, fs.tree.inodeCount);
    reply.u32(40, 4096);
    reply.u32(44, MAX_NAME_BYTES);
    reply.u32(48, 4096);
    return STATFS_BYTES;
  }

  return {
    handle,
    filled,
    get waiting() {
      return waiting.size;
    },
  };
}
